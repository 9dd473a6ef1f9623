import { goProgram } from './go-program.ts';

/** The TCP proxy's binary; errors are those of `goProgram`. */
export function toxiproxyProgram(options: Parameters<typeof goProgram>[1] = {}): Promise<string> {
  return goProgram(
    {
      title: 'the TCP fault proxy',
      folder: 'toxiproxy',
      module: 'github.com/Shopify/toxiproxy/v2/cmd/server',
      version: 'v2.5.0',
    },
    options,
  );
}
