import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { lastLines, runCommand } from '../kafka/run-command.ts';

/** Apicurio's classes are of this version. */
const JAVA_VERSION_MIN = 21;
const JVM_FOLDER = '/usr/lib/jvm';

/**
 * A java that can run the registry: BURNLINE_REGISTRY_JAVA, JAVA_HOME's, the one on the path, or any under /usr/lib/jvm.
 *
 * Errors name the cause and the remedy: none is there, or all are too old.
 */
export async function findRegistryJava(): Promise<string> {
  const installed = await readdir(JVM_FOLDER).catch(() => []);
  const { BURNLINE_REGISTRY_JAVA: named, JAVA_HOME: home } = process.env;
  const candidates = [
    ...(named ? [named] : []),
    ...(home ? [path.join(home, 'bin', 'java')] : []),
    'java',
    ...installed.map((name) => path.join(JVM_FOLDER, name, 'bin', 'java')),
  ];
  const found: string[] = [];
  for (const java of candidates) {
    const version = await versionOf(java);
    if (version === null) continue;
    if (version >= JAVA_VERSION_MIN) return java;
    found.push(`${java} is Java ${version}`);
  }
  throw new Error(
    `The schema registry needs Java ${JAVA_VERSION_MIN} or newer: ${lastLines(found.join('; ')) || 'there is none'}. ` +
      'Install one, or name it in BURNLINE_REGISTRY_JAVA.',
  );
}

async function versionOf(java: string): Promise<number | null> {
  const result = await runCommand(java, ['-version']).catch(() => null);
  const version = /version "(?:1\.)?(\d+)/.exec(result?.output ?? '')?.[1];
  return version === undefined ? null : Number(version);
}
