import type { ReactNode } from 'react';
import type { BurnWord, State } from '../../../src/api/contract/index.ts';
import { Tip } from './tip.tsx';

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

/** Names of states for people, each with its colour. Never a colour alone. */
export const STATE_WORDS: Readonly<Record<State, { readonly word: string; readonly tone: Tone }>> = {
  breached: { word: 'breached', tone: 'bad' },
  at_risk: { word: 'at risk', tone: 'warn' },
  no_data: { word: 'no data', tone: 'quiet' },
  no_traffic: { word: 'no traffic', tone: 'quiet' },
  ok: { word: 'ok', tone: 'good' },
  backfilling: { word: 'backfilling', tone: 'quiet' },
  measures_nothing: { word: 'measures nothing', tone: 'quiet' },
};

export const BURN_TONES: Readonly<Record<BurnWord, Tone>> = {
  critical: 'bad',
  increasing: 'warn',
  recovering: 'warn',
  acceptable: 'quiet',
};

const SEVERITY_TONES: Readonly<Record<string, Tone>> = { 'SEV-1': 'bad', 'SEV-2': 'bad', page: 'bad' };

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactNode {
  return <span className={`badge ${tone}`}>{children}</span>;
}

/** A state, with why it is so and what to do about it. */
export function StateBadge({
  state,
  cause,
}: {
  readonly state: State;
  readonly cause?: { readonly text: string; readonly remedy: string | null };
}): ReactNode {
  const { word, tone } = STATE_WORDS[state];
  const badge = <Badge tone={tone}>{word}</Badge>;
  if (cause === undefined) return badge;
  return (
    <Tip
      text={
        <>
          {cause.text}
          {cause.remedy === null ? null : <span className="dim"> {cause.remedy}</span>}
        </>
      }
    >
      {badge}
    </Tip>
  );
}

export function SeverityBadge({ severity }: { readonly severity: string }): ReactNode {
  return <Badge tone={SEVERITY_TONES[severity] ?? 'warn'}>{severity}</Badge>;
}

export function budgetTone(state: State): Tone {
  return STATE_WORDS[state].tone;
}
