import { CostEditor, createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import { versionOfFiles, type Logger } from '@burnline/runtime';
import { loadBundledBook } from './bundled-book.ts';
import { CostTally, ProviderLabels, type CostMetrics } from './cost-tally.ts';
import { inOrder, type PriceBook } from './price-book.ts';
import { readPriceFile } from './price-file.ts';
import { Pricer } from './pricer.ts';

/** How soon a file that was changed counts. Looking is one system call. */
const LOOK_MS = 1_000;

export interface PriceSettings {
  /** Whether the bundled book is asked where the file has no price. */
  readonly isBundled: boolean;
  /** An operator's file, or LiteLLM's. */
  readonly file?: string;
}

/** The books that are asked, in order: the operator's before the bundled one. Rejects with COLLECTOR_PRICES_INVALID. */
export async function openBooks({ isBundled, file }: PriceSettings): Promise<readonly PriceBook[]> {
  return [
    ...(file === undefined ? [] : [await readPriceFile(file)]),
    ...(isBundled ? [await loadBundledBook()] : []),
  ];
}

/**
 * What a collector prices events by. A file that was changed is taken over within a second for requests that come then; one
 * that is wrong leaves the prices as they were, and is said once.
 */
export class Prices {
  readonly #settings: PriceSettings;
  readonly #logger: Logger;
  readonly #metrics: CostMetrics | undefined;
  readonly #labels = new ProviderLabels();
  readonly #schemas = loadPackageSchemas();
  /** For publishers' messages. */
  readonly editor = new CostEditor({ schemas: this.#schemas, decoder: createBatchDecoder(this.#schemas) });
  #pricer: Pricer;
  #version: string;
  #failure = '';
  #looking = Promise.resolve();
  readonly #timer: NodeJS.Timeout | undefined;

  private constructor(
    parts: { readonly logger: Logger; readonly metrics?: CostMetrics },
    opened: { readonly settings: PriceSettings; readonly pricer: Pricer; readonly version: string },
  ) {
    this.#settings = opened.settings;
    this.#logger = parts.logger;
    this.#metrics = parts.metrics;
    this.#pricer = opened.pricer;
    this.#version = opened.version;
    if (opened.settings.file === undefined) return;
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look());
    }, LOOK_MS).unref();
  }

  /** Null where there is no book: costs are then what their senders say. Rejects with COLLECTOR_PRICES_INVALID. */
  static async open(
    settings: PriceSettings,
    parts: { readonly logger: Logger; readonly metrics?: CostMetrics },
  ): Promise<Prices | null> {
    // Before it is read: a file that changes meanwhile is read again.
    const version = await versionOfFiles(filesOf(settings));
    const books = await openBooks(settings);
    if (books.length === 0) return null;
    return new Prices(parts, { settings, pricer: new Pricer(inOrder(books)), version });
  }

  /** For the events of one request. */
  begin(): CostTally {
    return new CostTally(this.#pricer, this.#labels);
  }

  /** The request's events are durable. */
  tell(tally: CostTally): void {
    if (this.#metrics !== undefined) tally.tell(this.#metrics);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { file } = this.#settings;
    const version = await versionOfFiles(filesOf(this.#settings));
    if (version === this.#version) return;
    this.#version = version;
    try {
      this.#pricer = new Pricer(inOrder(await openBooks(this.#settings)));
      this.#logger.info({ file, prices: this.#pricer.book.name }, 'the prices were read anew');
      this.#failure = '';
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      if (failure !== this.#failure) this.#logger.error({ file, error: failure }, 'prices stay as they were');
      this.#failure = failure;
    }
  }
}

const filesOf = ({ file }: PriceSettings): readonly string[] => (file === undefined ? [] : [file]);
