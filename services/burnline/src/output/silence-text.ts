import type { Silence } from '@burnline/alerter';
import { formatInstant, formatLabels } from './format.ts';
import { shown } from './shown.ts';

/** Which alerts a silence is of. */
export function silenceScopeText({ slos, service, labels, severities }: Silence): string {
  const parts = [
    slos.join(', '),
    service === '' ? '' : `service ${service}`,
    severities.join(', '),
    Object.keys(labels).length === 0 ? '' : formatLabels(labels),
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'all alerts' : parts.join('; ');
}

/** One that is in force, in one line. */
export function silenceText(silence: Silence): string {
  const { id, author, reason, expiresMs, rule } = silence;
  const until = `${rule === null ? 'until' : 'recurring until'} ${formatInstant(expiresMs)} UTC`;
  return `silenced ${until}: ${shown(silenceScopeText(silence))}, by ${shown(author)}: ${shown(reason)} (${id}, see \`burnline silence list\`)`;
}
