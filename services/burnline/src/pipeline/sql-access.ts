import { isLoopback } from '@burnline/engine';
import { AppError } from '@burnline/core';
import { optional, readEnvironment, textVariable, type Environment } from '@burnline/runtime';

/** For commands on a data directory; distributed, the database server has its own users. */
const SQL_VARIABLES = {
  BURNLINE_ANALYST_PASSWORD: optional(
    textVariable,
    "The password of the SQL port's read-only user `analyst`. Required as soon as that port listens beyond loopback; without it the analyst needs none.",
  ),
};

/** Empty: the analyst needs no password. Throws CONFIG_INVALID. */
export function readAnalystPassword(environment: Environment): string {
  return readEnvironment(SQL_VARIABLES, environment).BURNLINE_ANALYST_PASSWORD ?? '';
}

/** Throws CLI_PASSWORD_MISSING: beyond loopback, whoever reaches the port could read everything. */
export function checkSqlAccess(host: string, analystPassword: string): void {
  if (analystPassword !== '' || isLoopback(host)) return;
  throw new AppError(
    'CLI_PASSWORD_MISSING',
    `The SQL port would listen on ${host}, and its analyst has no password`,
    {
      remedy:
        'Put one into a file and name it in BURNLINE_ANALYST_PASSWORD_FILE (or set BURNLINE_ANALYST_PASSWORD), or leave --sql-host out.',
    },
  );
}
