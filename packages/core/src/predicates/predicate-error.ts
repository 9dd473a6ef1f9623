import { AppError } from '../errors/app-error.ts';

/** Stable codes of the errors that predicates throw. */
export type PredicateErrorCode = 'PREDICATE_INVALID';

export const predicateError = (message: string): AppError<PredicateErrorCode> =>
  new AppError<PredicateErrorCode>('PREDICATE_INVALID', `Predicate refused: ${message}.`, {
    remedy: 'Build predicate trees with parsePredicate, which reports mistakes with their position.',
  });
