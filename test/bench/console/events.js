import { serviceOf, tenantOf } from './slos.js';

/** One event in a hundred fails, and durations spread over what the SLOs tell apart. */
const eventOf = ({ service, tenant, number }) => ({
  service: serviceOf(service),
  tenant: tenantOf(tenant),
  environment: 'bench',
  provider: 'openai',
  model_requested: `model-${number % 4}`,
  status: number % 100 === 7 ? 'error' : 'ok',
  duration_ms: 200 + ((number * 7_919) % 1_500),
  ttft_ms: 200,
  output_tokens: 100,
});

/** An event of every tenant of every service, in turn and for ever. */
export function* endlessEvents({ serviceCount, tenantCount }) {
  for (let number = 0; ; number += 1) {
    const series = number % (serviceCount * tenantCount);
    yield eventOf({ service: Math.floor(series / tenantCount), tenant: series % tenantCount, number });
  }
}

export const take = (events, count) => Array.from({ length: count }, () => events.next().value);

/** The status of the answer; `none` where there was none. */
export async function send(intake, events) {
  try {
    const answer = await fetch(`${intake}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof events === 'string' ? events : JSON.stringify(events),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 'none';
  }
}
