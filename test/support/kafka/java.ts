import path from 'node:path';
import { isMissingProgram, lastLines, runCommand } from './run-command.ts';

/** Brokers of 4.x do not start on less. */
const JAVA_VERSION_MIN = 17;

/**
 * The java to run brokers with: JAVA_HOME's, else the one on the path.
 *
 * Errors name the cause and the remedy: none there, or too old.
 */
export async function findJava(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const java = env['JAVA_HOME'] ? path.join(env['JAVA_HOME'], 'bin', 'java') : 'java';
  const result = await runCommand(java, ['-version']).catch((error: unknown) => {
    if (!isMissingProgram(error)) throw error;
    throw new Error(`No Java at ${java}: Apache Kafka needs Java ${JAVA_VERSION_MIN} or newer. ${REMEDY}`);
  });
  // 1.8.0_292 is Java 8; from 9 on the first number is the version.
  const version = /version "(?:1\.)?(\d+)/.exec(result.output)?.[1];
  if (result.exitCode !== 0 || version === undefined)
    throw new Error(`${java} -version does not tell a version: ${lastLines(result.output, 3)}. ${REMEDY}`);
  if (Number(version) < JAVA_VERSION_MIN)
    throw new Error(`${java} is Java ${version}: Apache Kafka needs ${JAVA_VERSION_MIN} or newer. ${REMEDY}`);
  return java;
}

const REMEDY = 'Install one (Debian: apt-get install openjdk-17-jre-headless), or set JAVA_HOME.';
