import type { ReactNode } from 'react';
import type { TierNow } from '../../../../src/api/contract/index.ts';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { formatBurnRate, formatCount, formatDuration, formatPercent } from '../../parts/format.ts';
import { Badge, BURN_TONES } from '../../parts/state-badge.tsx';
import { Empty } from '../../parts/answer.tsx';

const MEANINGS: Readonly<Record<TierNow['word'], string>> = {
  critical: 'both windows burn',
  increasing: 'the short window burns, the long one not yet',
  recovering: 'the long window burns, the short one no more',
  acceptable: 'neither window burns',
};

const windowCell = (tier: TierNow, of: 'long' | 'short'): ReactNode => {
  const { burnRate, bad, total, isOver, windowMs } = tier[of];
  return (
    <>
      <span className={isOver ? 'tone-bad' : undefined}>{formatBurnRate(burnRate)}</span>{' '}
      <span className="dim">in {formatDuration(windowMs)}</span>
      <div className="dim">
        {formatCount(bad)} bad of {formatCount(total)}
      </div>
    </>
  );
};

const COLUMNS: readonly Column<TierNow>[] = [
  {
    id: 'tier',
    head: 'tier',
    cell: (tier) => (
      <>
        <span className="name">{tier.tier}</span>
        <div className="dim">{tier.severity}</div>
      </>
    ),
  },
  {
    id: 'word',
    head: 'burn',
    cell: (tier) => (
      <>
        <Badge tone={BURN_TONES[tier.word]}>{tier.word}</Badge>
        <div className="dim">{MEANINGS[tier.word]}</div>
      </>
    ),
  },
  { id: 'long', head: 'long window', align: 'end', cell: (tier) => windowCell(tier, 'long') },
  { id: 'short', head: 'short window', align: 'end', cell: (tier) => windowCell(tier, 'short') },
  {
    id: 'factor',
    head: 'fires at',
    align: 'end',
    cell: (tier) => (
      <>
        {tier.operator === '>' ? 'over ' : ''}
        {formatBurnRate(tier.factor)}
      </>
    ),
  },
  {
    id: 'share',
    head: 'which spends',
    align: 'end',
    priority: 2,
    cell: (tier) => (
      <>
        {formatPercent(tier.budgetShare, 1)}
        <div className="dim">of the budget</div>
      </>
    ),
  },
];

/** Every burn-rate rule in words, with both of its numbers. */
export function TierTable({ tiers }: { readonly tiers: readonly TierNow[] }): ReactNode {
  return (
    <DataTable
      label="Burn rates by tier"
      columns={COLUMNS}
      rows={tiers}
      rowKey={({ tier }) => tier}
      empty={<Empty title="Nothing was judged yet" />}
    />
  );
}
