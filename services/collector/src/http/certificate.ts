import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { AppError } from '@burnline/core';
import { watchFiles, type Clock, type Logger, type WatchedFiles } from '@burnline/runtime';

/** PEM files of the intake's certificate, with the chain behind it, and of its key. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Of a server that is told of a new certificate; connections that are open keep the former one. */
export interface CertifiedServer {
  setSecureContext(options: SecureContextOptions): void;
}

/** What is older is broken by now, or as good as that. */
const TLS_VERSION_MIN = 'TLSv1.2';

/**
 * The certificate of a server. Files that were renewed are taken over within a second, both at once: while one of them is
 * new and the other is not, they do not fit, and what was there stays.
 */
export class Certificate {
  readonly #watched: WatchedFiles<SecureContextOptions>;
  readonly #servers: CertifiedServer[];

  private constructor(watched: WatchedFiles<SecureContextOptions>, servers: CertifiedServer[]) {
    this.#watched = watched;
    this.#servers = servers;
  }

  /** Rejects with COLLECTOR_TLS_INVALID, which says what is wrong with which file. */
  static async open(
    files: TlsFiles,
    { logger, clock }: { readonly logger: Logger; readonly clock: Pick<Clock, 'nowMs'> },
  ): Promise<Certificate> {
    const servers: CertifiedServer[] = [];
    const watched = await watchFiles([files.certFile, files.keyFile], {
      logger,
      read: () => readFiles(files, clock),
      onChange: (options) => {
        for (const server of servers) server.setSecureContext(options);
      },
      texts: { changed: 'the certificate was read anew', kept: 'the certificate stays as it was' },
    });
    return new Certificate(watched, servers);
  }

  /** For making a server. */
  get options(): SecureContextOptions {
    return this.#watched.value;
  }

  /** From now on the server is told of renewals. */
  renewAt(server: CertifiedServer): void {
    this.#servers.push(server);
  }

  close(): void {
    this.#watched.close();
  }
}

async function readFiles(
  { certFile, keyFile }: TlsFiles,
  clock: Pick<Clock, 'nowMs'>,
): Promise<SecureContextOptions> {
  const [cert, key] = [await pemOf(certFile), await pemOf(keyFile)];
  const certificate = certificateOf(cert, certFile);
  const options = { cert, key, minVersion: TLS_VERSION_MIN } as const;
  try {
    createSecureContext(options);
  } catch (cause) {
    const isOther = (cause as NodeJS.ErrnoException).code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH';
    const what = isOther
      ? `${keyFile} is not the key of the certificate in ${certFile}`
      : `${keyFile} is no key that can be read: ${String(cause)}`;
    throw tlsInvalid(what, cause);
  }
  const endsMs = Date.parse(certificate.validTo);
  if (endsMs <= clock.nowMs())
    throw tlsInvalid(`the certificate in ${certFile} has ended on ${certificate.validTo}`);
  return options;
}

function certificateOf(cert: Buffer, file: string): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch (cause) {
    throw tlsInvalid(`${file} holds no certificate: ${String(cause)}`, cause);
  }
}

async function pemOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw tlsInvalid(
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    );
  }
}

/** Why the intake cannot speak TLS. */
export function tlsInvalid(what: string, cause?: unknown): AppError {
  return new AppError('COLLECTOR_TLS_INVALID', `The intake cannot speak TLS: ${what}`, {
    remedy:
      'Name the certificate with its chain and the key that belongs to it, both PEM and the key not encrypted: BURNLINE_INTAKE_TLS_CERT_FILE and BURNLINE_INTAKE_TLS_KEY_FILE.',
    cause,
  });
}
