import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** The checkout; what is the working directory in a container. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A file or folder of the host in a container. */
export interface BindMount {
  readonly type: 'bind';
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly bind?: { readonly create_host_path?: boolean };
}

export interface ComposeService {
  readonly image?: string;
  readonly build?: unknown;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly (string | BindMount)[];
  readonly restart?: string;
  readonly logging?: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly ports?: readonly string[];
  readonly mem_limit?: string;
  readonly stop_grace_period?: string;
  readonly secrets?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

/** docker-compose.yml with its anchors and merges resolved. */
export async function readCompose(): Promise<ComposeFile> {
  const text = await readFile(path.join(ROOT, 'docker-compose.yml'), 'utf8');
  return parse(text, { merge: true }) as ComposeFile;
}

/** The services that are built from this repository. */
export function ownServices(compose: ComposeFile): readonly (readonly [string, ComposeService])[] {
  return Object.entries(compose.services).filter(([, service]) => service.build === '.');
}

/** What a service mounts from the host, with the defaults of variables in their places. */
export function bindMounts({ volumes = [] }: ComposeService): readonly BindMount[] {
  return volumes.flatMap((volume) =>
    typeof volume === 'string'
      ? []
      : [{ ...volume, source: volume.source.replace(/\$\{\w+:-([^}]*)\}/, '$1') }],
  );
}
