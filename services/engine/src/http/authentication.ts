import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { EngineUser } from '../config.ts';
import { ClickHouseError } from './clickhouse-error.ts';
import { header } from './http-parameters.ts';

interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** Who a request comes from; throws ClickHouseError 516 without telling a wrong name from a wrong password. */
export type Authenticate = (url: URLSearchParams, headers: IncomingMessage['headers']) => EngineUser;

/** ClickHouse's three places for credentials; a request may use one of them only. No credentials mean user `default`. */
export function createAuthentication(users: readonly EngineUser[]): Authenticate {
  const digests = new Map(users.map((user) => [user.name, { user, digest: digest(user.password) }]));
  const nobody = digest('');
  return (url, headers) => {
    const { name, password } = credentials(url, headers);
    const known = digests.get(name);
    const isEqual = timingSafeEqual(digest(password), known?.digest ?? nobody);
    if (known === undefined || !isEqual) {
      throw new ClickHouseError(
        516,
        'AUTHENTICATION_FAILED',
        `${name}: Authentication failed: password is incorrect, or there is no user with such name`,
      );
    }
    return known.user;
  };
}

function credentials(url: URLSearchParams, headers: IncomingMessage['headers']): Credentials {
  const user = header(headers, 'x-clickhouse-user');
  const key = header(headers, 'x-clickhouse-key');
  const authorization = header(headers, 'authorization');
  const places = [
    user !== undefined || key !== undefined,
    authorization !== undefined,
    url.has('user') || url.has('password'),
  ];
  if (places.filter(Boolean).length > 1) {
    throw new ClickHouseError(
      516,
      'AUTHENTICATION_FAILED',
      'Invalid authentication: use one of Authorization, X-ClickHouse-User/Key and the URL parameters user/password',
    );
  }
  if (authorization !== undefined) return basicCredentials(authorization);
  if (places[0] === true) return { name: user ?? 'default', password: key ?? '' };
  return { name: url.get('user') ?? 'default', password: url.get('password') ?? '' };
}

function basicCredentials(authorization: string): Credentials {
  const encoded = /^Basic\s+(\S+)$/i.exec(authorization)?.[1];
  if (encoded === undefined) {
    throw new ClickHouseError(
      516,
      'AUTHENTICATION_FAILED',
      'Invalid authentication: only Basic is supported',
    );
  }
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon === -1
    ? { name: text, password: '' }
    : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Equal lengths, so that the comparison takes the same time for every password. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
