/**
 * The worst that an analyst may ask, each with a name: what multiplies rows, what must be sorted or kept as a whole, and what
 * makes short texts long. All of them would take minutes and gigabytes if nothing ended them.
 */
const QUERIES = {
  'cross join of numbers':
    'SELECT sum(sipHash64(a.number, b.number)) FROM numbers(1000000000) AS a CROSS JOIN numbers(1000000000) AS b',
  'cross join of events, sorted':
    'SELECT a.event_id, b.event_id FROM inferences AS a CROSS JOIN inferences AS b CROSS JOIN inferences AS c ' +
    'ORDER BY sipHash64(a.event_id, b.event_id, c.event_id) LIMIT 10',
  'sort of a billion': 'SELECT number FROM numbers(1000000000) ORDER BY sipHash64(number) LIMIT 1000000, 1',
  'sort to disk':
    'SELECT number, toString(sipHash128(number)) AS t FROM numbers(500000000) ORDER BY t FORMAT Null',
  'distinct hashes': 'SELECT uniqExact(sipHash128(number)) FROM numbers(10000000000)',
  'strings that grow': 'SELECT max(length(repeat(toString(number), 100000))) FROM numbers(100000000)',
  'one string of all':
    "SELECT length(arrayStringConcat(groupArray(repeat('x', 10000)), '')) FROM numbers(100000000)",
  'arrays of arrays':
    'SELECT sum(length(arrayFlatten(arrayMap(x -> range(x), range(10000))))) FROM numbers(100000)',
  'regular expressions':
    "SELECT countIf(match(repeat('a', 10000), '(a|aa)+(a|aa)+b')) FROM numbers(100000000)",
  'an answer of gigabytes': "SELECT repeat('x', 1000000) FROM numbers(100000)",
  'every table at once':
    'SELECT count() FROM sli_panes AS p FULL JOIN inference_events AS e ON p.partition = e.partition FULL JOIN burn_rates AS b ON 1 = 1',
};

const PAUSE_MS = 100;

/**
 * Asks for the worst by so many clients at once, until stopped: two get sessions, the others wait for one. `stop` gives what
 * became of it.
 */
export function startAnalysts(sqlUrl, { clientCount }) {
  const ending = new AbortController();
  const outcomes = { asked: 0, answered: 0, refused: 0, ended: 0 };
  const names = Object.keys(QUERIES);
  const ask = async (sql) => {
    outcomes.asked += 1;
    const answer = await fetch(`${sqlUrl}/?database=burnline`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('analyst:').toString('base64')}` },
      body: sql,
      signal: ending.signal,
    });
    for await (const chunk of answer.body) void chunk;
    const code = answer.headers.get('x-clickhouse-exception-code');
    outcomes[code === null ? 'answered' : code === '202' ? 'refused' : 'ended'] += 1;
  };
  const lane = async (first) => {
    for (let turn = first; !ending.signal.aborted; turn += clientCount) {
      await ask(QUERIES[names[turn % names.length]]).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const lanes = Array.from({ length: clientCount }, (_, index) => lane(index));
  return {
    async stop() {
      ending.abort();
      await Promise.all(lanes);
      return outcomes;
    },
  };
}
