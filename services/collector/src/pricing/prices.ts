import { CostEditor, createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import { watchFiles, type Logger, type WatchedFiles } from '@burnline/runtime';
import { loadBundledBook } from './bundled-book.ts';
import { CostTally, ProviderLabels, type CostMetrics } from './cost-tally.ts';
import { inOrder, type PriceBook } from './price-book.ts';
import { readPriceFile } from './price-file.ts';
import { Pricer } from './pricer.ts';

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
  readonly #metrics: CostMetrics | undefined;
  readonly #labels = new ProviderLabels();
  readonly #schemas = loadPackageSchemas();
  /** For publishers' messages. */
  readonly editor = new CostEditor({ schemas: this.#schemas, decoder: createBatchDecoder(this.#schemas) });
  readonly #pricer: WatchedFiles<Pricer>;

  private constructor(pricer: WatchedFiles<Pricer>, metrics: CostMetrics | undefined) {
    this.#pricer = pricer;
    this.#metrics = metrics;
  }

  /** Null where there is no book: costs are then what their senders say. Rejects with COLLECTOR_PRICES_INVALID. */
  static async open(
    settings: PriceSettings,
    { logger, metrics }: { readonly logger: Logger; readonly metrics?: CostMetrics },
  ): Promise<Prices | null> {
    const { file, isBundled } = settings;
    if (file === undefined && !isBundled) return null;
    const pricer = await watchFiles(file === undefined ? [] : [file], {
      logger,
      retry: 'on change',
      read: async () => new Pricer(inOrder(await openBooks(settings))),
      texts: { changed: 'the prices were read anew', kept: 'prices stay as they were' },
      factsOf: ({ book }) => ({ prices: book.name }),
    });
    return new Prices(pricer, metrics);
  }

  /** For the events of one request. */
  begin(): CostTally {
    return new CostTally(this.#pricer.value, this.#labels);
  }

  /** The request's events are durable. */
  tell(tally: CostTally): void {
    if (this.#metrics !== undefined) tally.tell(this.#metrics);
  }

  close(): void {
    this.#pricer.close();
  }
}
