import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lastLines, runCommand } from './run-command.ts';

export interface Certificates {
  /** What both sides trust. */
  readonly caFile: string;
  /** Key and chain of 127.0.0.1 and localhost in one PEM file, as Kafka's PEM keystore wants it. */
  readonly serverFile: string;
  readonly clientCertificateFile: string;
  readonly clientKeyFile: string;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DAYS = ['-days', '30'];

/** A certificate authority of one's own and what it signs, made by the openssl command; keys are PKCS#8, not encrypted. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  await mkdir(folder, { recursive: true });
  const file = (name: string): string => path.join(folder, name);
  await openssl(
    ['req', '-x509', ...KEY, ...DAYS, '-subj', '/CN=test authority'],
    file('ca.key'),
    file('ca.pem'),
  );
  await sign(folder, 'server', 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  await sign(folder, 'client', 'extendedKeyUsage=clientAuth');
  const parts = await Promise.all(
    ['server.key', 'server.pem', 'ca.pem'].map((name) => readFile(file(name), 'utf8')),
  );
  await writeFile(file('keystore.pem'), parts.join(''));
  return {
    caFile: file('ca.pem'),
    serverFile: file('keystore.pem'),
    clientCertificateFile: file('client.pem'),
    clientKeyFile: file('client.key'),
  };
}

async function sign(folder: string, name: string, extension: string): Promise<void> {
  const file = (ending: string): string => path.join(folder, `${name}.${ending}`);
  await openssl(['req', ...KEY, '-subj', `/CN=${name}`], file('key'), file('csr'));
  await writeFile(file('ext'), extension);
  const authority = [
    '-CA',
    path.join(folder, 'ca.pem'),
    '-CAkey',
    path.join(folder, 'ca.key'),
    '-CAcreateserial',
  ];
  await openssl(
    ['x509', '-req', '-in', file('csr'), ...authority, ...DAYS, '-extfile', file('ext')],
    null,
    file('pem'),
  );
}

async function openssl(args: readonly string[], keyFile: string | null, outFile: string): Promise<void> {
  const key = keyFile === null ? [] : ['-keyout', keyFile];
  const result = await runCommand('openssl', [...args, ...key, '-out', outFile]);
  if (result.exitCode !== 0) throw new Error(`openssl ${args[0] ?? ''} failed:\n${lastLines(result.output)}`);
}
