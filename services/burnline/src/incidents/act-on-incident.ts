import { AppError, SEVERITIES } from '@burnline/core';
import { INCIDENT_ACTIONS, readIncident, type IncidentAction, type IncidentDetail } from '@burnline/queries';
import { dateTime64OfMs, type Store } from '@burnline/runtime';
import {
  invalidRequest,
  optionalText,
  textField,
  wordField,
  type GoverningRequest,
} from '../governing/request-fields.ts';

type IncidentErrorCode = 'INCIDENT_UNKNOWN' | 'INCIDENT_ACT_REFUSED';

/** An incident by its id. Rejects with INCIDENT_UNKNOWN. */
export async function findIncident(store: Store, id: string): Promise<IncidentDetail> {
  const found = await readIncident(store, id);
  if (found !== null) return found;
  throw new AppError<IncidentErrorCode>('INCIDENT_UNKNOWN', `There is no incident ${id}`, {
    remedy: '`burnline incidents` has those that there are.',
  });
}

/**
 * Writes down what somebody does about an incident.
 *
 * @param request `incident` (its id), `action`, `author`; `value` (name of the role, or the severity), `person` (who has the role),
 *   `text` (the note; why)
 *
 * Rejects with GOVERNING_INVALID, INCIDENT_UNKNOWN, and INCIDENT_ACT_REFUSED where it has been done already.
 */
export async function actOnIncident(
  store: Store,
  request: GoverningRequest,
  nowMs: number,
): Promise<{ readonly incident: string }> {
  const action = wordField(request, 'action', INCIDENT_ACTIONS);
  const author = textField(request, 'author');
  const said = saidOf(request, action);
  const found = await findIncident(store, textField(request, 'incident'));
  checkAct(found, action);
  const [opener] = found.alerts.filter(({ isPaging }) => isPaging);
  await store.insertRows('incident_acts', [
    {
      ...{ stream: found.stream, service: found.service, incident: found.incident },
      ...{ alert_key: opener?.alertKey, fired_at: Math.floor(found.openedMs / 1_000) },
      ...{ action, acted_at: dateTime64OfMs(nowMs), author, ...said },
    },
  ]);
  return { incident: found.incident };
}

function saidOf(
  request: GoverningRequest,
  action: IncidentAction,
): { readonly value: string; readonly person: string; readonly text: string } {
  const text = optionalText(request, 'text') ?? '';
  switch (action) {
    case 'role':
      return { value: textField(request, 'value'), person: textField(request, 'person'), text };
    case 'severity':
      return { value: wordField(request, 'value', SEVERITIES), person: '', text: textField(request, 'text') };
    case 'note':
    case 'resolve':
      return { value: '', person: '', text: textField(request, 'text') };
    case 'ack':
      return { value: '', person: '', text };
    default:
      throw invalidRequest(`action ${String(action satisfies never)} is not known`, 'Give another action.');
  }
}

/** @throws AppError INCIDENT_ACT_REFUSED */
function checkAct({ incident, stream, state, resolvedMs }: IncidentDetail, action: IncidentAction): void {
  const refuse = (message: string, remedy: string): never => {
    throw new AppError<IncidentErrorCode>('INCIDENT_ACT_REFUSED', message, { remedy });
  };
  // What people do now lies years behind the alerts of a history.
  if (stream !== 'live')
    refuse(`Incident ${incident} is of ${stream}, which is over`, 'Act on incidents of live.');
  if (action === 'ack' && state === 'acknowledged')
    refuse(
      `Incident ${incident} is acknowledged`,
      'Nothing is left to do; `burnline incidents show` says by whom.',
    );
  if ((action === 'ack' || action === 'resolve') && resolvedMs !== null)
    refuse(`Incident ${incident} is resolved`, 'What is left to say is a note.');
}
