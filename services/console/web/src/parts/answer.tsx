import type { ReactNode } from 'react';
import type { ApiProblem } from '../api/client.ts';

interface Asked<Data> {
  readonly data: Data | undefined;
  readonly error: ApiProblem | null;
  readonly refetch: () => unknown;
}

/**
 * What is made of an answer, or what is there instead: that it is on its way, or what went wrong and what to do. An answer
 * that came before an error stays, under the error.
 */
export function Answer<Data>({
  of,
  children,
}: {
  readonly of: Asked<Data>;
  readonly children: (data: Data) => ReactNode;
}): ReactNode {
  const { data, error } = of;
  return (
    <>
      {error === null ? null : <ProblemPanel problem={error} onRetry={() => void of.refetch()} />}
      {data !== undefined ? children(data) : error === null ? <Loading /> : null}
    </>
  );
}

export function Loading(): ReactNode {
  return (
    <div className="skeleton" role="status">
      <span className="hidden-visually">Loading</span>
    </div>
  );
}

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

export function ProblemPanel({
  problem,
  onRetry,
}: {
  readonly problem: ApiProblem;
  readonly onRetry: () => void;
}): ReactNode {
  return (
    <div className="problem" role="alert">
      <strong>{problem.title}</strong>
      <p>{problem.message}</p>
      {problem.remedy === null ? null : <p>{problem.remedy}</p>}
      <p>
        <button type="button" className="button small" onClick={onRetry}>
          Ask again
        </button>
      </p>
    </div>
  );
}
