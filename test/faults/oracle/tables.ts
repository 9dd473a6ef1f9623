import type { Fleet } from '../../support/services/fleet.ts';

/** `partition|offset|index|id|repeat` of every raw row of one epoch, or of all, sorted. */
export function rowTexts(fleet: Fleet, epoch = ''): Promise<string[]> {
  return texts(
    fleet,
    `SELECT concat(toString(partition), '|', toString(offset), '|', toString(event_index), '|', toString(event_id), '|',
                   toString(toUInt8(is_repeat))) AS text
     FROM inference_events FINAL WHERE stream = {stream:String} AND ({epoch:String} = '' OR stream_epoch = {epoch:String})`,
    { epoch },
  );
}

/** `id|count` of every event in the analysts' view, sorted. */
export function inferenceTexts(fleet: Fleet): Promise<string[]> {
  return texts(
    fleet,
    `SELECT concat(toString(event_id), '|', toString(count())) AS text FROM inferences
     WHERE stream = {stream:String} GROUP BY event_id`,
  );
}

/** `slo|model|second|good|total` of every pane in the analysts' view, sorted. */
export function paneTexts(fleet: Fleet): Promise<string[]> {
  return texts(
    fleet,
    `SELECT concat(slo, '|', labels['model_requested'], '|', toString(toUnixTimestamp(pane)), '|', toString(sum(p.good)),
                   '|', toString(sum(p.total))) AS text
     FROM slo_panes AS p WHERE stream = {stream:String} GROUP BY slo, labels, pane HAVING sum(p.total) > 0`,
  );
}

async function texts(fleet: Fleet, sql: string, parameters: Record<string, unknown> = {}): Promise<string[]> {
  const rows = await fleet.store.query<{ text: string }>(sql, { stream: fleet.stream, ...parameters });
  return rows.map(({ text }) => text).sort();
}
