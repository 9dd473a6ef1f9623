/** A request as it came. */
export interface HeardRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** What a request says of one alert. */
export interface Said {
  /** What the receiver knows it by. */
  readonly alert: string;
  readonly state: 'open' | 'closed' | 'noted';
}

/** The published API of a receiver, as its own documents have it. */
export interface ReceiverApi {
  /** Variables that name a receiver on a server at this URL, with a login in them. */
  environment(url: string): Readonly<Record<string, string>>;
  /** Variables that are wrong, and hold the secret. */
  readonly wrongEnvironments: readonly Readonly<Record<string, string>>[];
  /** What no log line, row or error may show. */
  readonly secret: string;
  /** The `authorization` that the server asks for; undefined where none may come: the secret is in the URL or the body. */
  readonly authorization: string | undefined;
  /** What a request that is taken is answered with. */
  readonly takenStatus: number;
  readonly bodyBytesMax: number;
  /** What a request says. Throws for one that the published schema does not allow. */
  read(request: HeardRequest): readonly Said[];
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws where a value is not what the schema asks for. */
export function ask(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`the API asks for ${what}`);
}

/** Asks for an object of texts. */
export function askTexts(value: unknown, what: string): asserts value is Readonly<Record<string, string>> {
  ask(isObject(value) && Object.values(value).every((one) => typeof one === 'string'), `texts as ${what}`);
}
