import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KAFKA_VERSION, kafkaJars } from './kafka/jars.ts';
import { findJava } from './kafka/java.ts';

const JARS = { 'a.jar': 'content of a', 'b.jar': 'content of b' };

let directory: string;
let folder: string;
let checksumsFile: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'burnline-jars-'));
  folder = path.join(directory, 'cache');
  checksumsFile = path.join(directory, 'jars.sha256');
  const lines = Object.entries(JARS).map(
    ([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`,
  );
  await writeFile(checksumsFile, lines.join(''));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** A program in Maven's place that takes a while and leaves these files where it is told to. */
async function maven(jars: Readonly<Record<string, string>>, exitCode = 0): Promise<string> {
  const program = path.join(directory, `mvn-${Math.floor(performance.now() * 1_000)}`);
  const files = Object.entries(jars).map(([name, content]) => `printf '%s' '${content}' > "$out/${name}"`);
  await writeFile(
    program,
    `#!/bin/sh
for arg; do case $arg in -DoutputDirectory=*) out=\${arg#*=};; esac; done
mkdir -p "$out"; sleep 0.3
${files.join('; sleep 0.1\n')}
echo 'the last word'; exit ${exitCode}
`,
  );
  await chmod(program, 0o755);
  return program;
}

describe("Kafka's jars", () => {
  it('are fetched once, and come from the cache without Maven afterwards', async () => {
    const first = await kafkaJars({ maven: await maven(JARS), folder, checksumsFile });
    expect(first).toBe(path.join(folder, KAFKA_VERSION));
    expect(await readdir(first)).toEqual(['a.jar', 'b.jar']);
    expect(await kafkaJars({ maven: '/no/mvn', folder, checksumsFile })).toBe(first);
  });

  it('are whole when several fetch at once', async () => {
    const programs = await Promise.all([maven(JARS), maven(JARS), maven(JARS)]);
    const folders = await Promise.all(
      programs.map((program) => kafkaJars({ maven: program, folder, checksumsFile })),
    );
    expect(new Set(folders).size).toBe(1);
    expect(await readFile(path.join(folders[0]!, 'b.jar'), 'utf8')).toBe(JARS['b.jar']);
    expect(await readdir(folder)).toEqual([KAFKA_VERSION]);
  });

  it.each([
    ['of another content', { ...JARS, 'b.jar': 'tampered with' }, /b\.jar has sha256 .*another mirror/],
    ['that is missing', { 'a.jar': JARS['a.jar'] }, /b\.jar is missing/],
    ['that is not on the list', { ...JARS, 'c.jar': 'extra' }, /c\.jar is not on the list/],
  ])('are refused with a jar %s, and nothing is kept', async (_, jars, message) => {
    await expect(kafkaJars({ maven: await maven(jars), folder, checksumsFile })).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that were damaged in the cache are refused, with the folder to remove', async () => {
    const there = await kafkaJars({ maven: await maven(JARS), folder, checksumsFile });
    await writeFile(path.join(there, 'a.jar'), 'damaged');
    await expect(kafkaJars({ folder, checksumsFile })).rejects.toThrow(
      new RegExp(`a\\.jar has sha256 .*Remove ${there}`),
    );
  });

  it('need Maven when they are not there: the error says so, and what else would do', async () => {
    await expect(kafkaJars({ maven: '/no/mvn', folder, checksumsFile })).rejects.toThrow(
      /\/no\/mvn is not installed.*apt-get install maven.*KAFKA_BROKERS/,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it("that Maven cannot fetch leave Maven's last words", async () => {
    const failing = await maven({ 'a.jar': JARS['a.jar'] }, 1);
    await expect(kafkaJars({ maven: failing, folder, checksumsFile })).rejects.toThrow(
      /exit code 1.*\nthe last word/,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('are listed for the version that the pom pins', async () => {
    const file = (name: string) => readFile(new URL(`kafka/${name}`, import.meta.url), 'utf8');
    expect(await file('pom.xml')).toContain(`<version>${KAFKA_VERSION}</version>`);
    const lines = (await file('jars.sha256')).trimEnd().split('\n');
    expect(lines.filter((line) => !/^[0-9a-f]{64} {2}[\w.-]+\.jar$/.test(line))).toEqual([]);
    expect(lines.some((line) => line.endsWith(`  kafka_2.13-${KAFKA_VERSION}.jar`))).toBe(true);
  });
});

describe('the Java that brokers run with', () => {
  it.each([
    ['openjdk version "11.0.2" 2019-01-15', /is Java 11: .* 17 or newer/],
    ['java version "1.8.0_292"', /is Java 8: .* 17 or newer/],
  ])('is refused when it says %s', async (version, message) => {
    const bin = path.join(directory, 'bin');
    await mkdir(bin);
    await writeFile(path.join(bin, 'java'), `#!/bin/sh\necho '${version}' >&2\n`);
    await chmod(path.join(bin, 'java'), 0o755);
    await expect(findJava({ JAVA_HOME: directory })).rejects.toThrow(message);
  });

  it('is missed with the package to install', async () => {
    await expect(findJava({ JAVA_HOME: '/no/java' })).rejects.toThrow(/No Java at .*apt-get install/);
  });
});
