import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { AppError } from '@burnline/core';
import { versionOfFiles, type Clock, type Logger } from '@burnline/runtime';

/** PEM files of the intake's certificate, with the chain behind it, and of its key. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Of a server that is told of a new certificate; connections that are open keep the former one. */
export interface CertifiedServer {
  setSecureContext(options: SecureContextOptions): void;
}

/** How soon a renewed certificate is shown. Looking is two system calls. */
const LOOK_MS = 1_000;
/** What is older is broken by now, or as good as that. */
const TLS_VERSION_MIN = 'TLSv1.2';

/**
 * The certificate of a server. Files that were renewed are taken over within a second, both at once: while one of them is
 * new and the other is not, they do not fit, and what was there stays.
 */
export class Certificate {
  readonly #files: TlsFiles;
  readonly #parts: { readonly logger: Logger; readonly clock: Pick<Clock, 'nowMs'> };
  readonly #servers: CertifiedServer[] = [];
  #options: SecureContextOptions;
  #version: string;
  #failure = '';
  #looking = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  private constructor(
    files: TlsFiles,
    parts: { readonly logger: Logger; readonly clock: Pick<Clock, 'nowMs'> },
    opened: { readonly options: SecureContextOptions; readonly version: string },
  ) {
    this.#files = files;
    this.#parts = parts;
    this.#options = opened.options;
    this.#version = opened.version;
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look());
    }, LOOK_MS).unref();
  }

  /** Rejects with COLLECTOR_TLS_INVALID, which says what is wrong with which file. */
  static async open(
    files: TlsFiles,
    parts: { readonly logger: Logger; readonly clock: Pick<Clock, 'nowMs'> },
  ): Promise<Certificate> {
    // Before they are read: files that change meanwhile are read again.
    const version = await versionOfFiles([files.certFile, files.keyFile]);
    return new Certificate(files, parts, { options: await readFiles(files, parts.clock), version });
  }

  /** For making a server. */
  get options(): SecureContextOptions {
    return this.#options;
  }

  /** From now on the server is told of renewals. */
  renewAt(server: CertifiedServer): void {
    this.#servers.push(server);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { certFile, keyFile } = this.#files;
    const version = await versionOfFiles([certFile, keyFile]);
    if (version === this.#version) return;
    const { logger, clock } = this.#parts;
    try {
      this.#options = await readFiles(this.#files, clock);
      for (const server of this.#servers) server.setSecureContext(this.#options);
      this.#version = version;
      this.#failure = '';
      logger.info({ certFile, keyFile }, 'the certificate was read anew');
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      // Said once for each reason, not every second.
      if (failure !== this.#failure) logger.error({ error: failure }, 'the certificate stays as it was');
      this.#failure = failure;
    }
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
