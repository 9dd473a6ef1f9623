import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Specs } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { formatInstant } from '../../parts/format.ts';
import { sloLink } from '../../parts/links.ts';
import { Page, Section } from '../../parts/page.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { Validate } from './validate.tsx';

/** The documents in force, and a place to try others. */
export function SpecsPage(): ReactNode {
  const [state, change] = useUrlState();
  const asked = useAnswer<Specs>('specs', { stream: state['stream'] });
  return (
    <Page
      title="Specs"
      asOf={asked.data?.about}
      about={
        asked.data === undefined
          ? undefined
          : asked.data.givenAtMs === null
            ? 'No specs were given.'
            : `As they were given at ${formatInstant(asked.data.givenAtMs)} UTC.`
      }
    >
      <Answer of={asked}>
        {(answer) => (
          <>
            <SloTable slos={answer.slos} stream={answer.about.stream ?? 'live'} />
            <Files
              files={answer.files}
              open={state['file'] ?? null}
              onOpen={(file) => {
                change({ file });
              }}
            />
            <Trial {...answer} />
          </>
        )}
      </Answer>
    </Page>
  );
}

function SloTable({ slos, stream }: Pick<Specs, 'slos'> & { readonly stream: string }): ReactNode {
  return (
    <DataTable
      label="SLOs that the specs make"
      rows={slos}
      rowKey={({ slo }) => slo}
      scroll="page"
      empty={
        <Empty title="The specs make no SLO">
          <code>burnline init --template chat</code> writes a first one.
        </Empty>
      }
      columns={[
        {
          id: 'slo',
          head: 'SLO',
          wraps: true,
          cell: ({ slo, service, document }) => (
            <>
              <Link className="name" href={sloLink({ slo, series: null, stream })}>
                {slo}
              </Link>
              <div className="sub">
                <span className="chip">{service}</span>
                {document.description}
              </div>
            </>
          ),
        },
        { id: 'target', head: 'target', align: 'end', cell: ({ target }) => target },
        { id: 'period', head: 'period', cell: ({ document }) => document.period },
        {
          id: 'sli',
          head: 'what counts',
          wraps: true,
          priority: 2,
          cell: ({ document }) => <span className="mono lines">{document.sli}</span>,
        },
        { id: 'file', head: 'file', priority: 3, cell: ({ document }) => document.file ?? '-' },
      ]}
    />
  );
}

function Files({
  files,
  open,
  onOpen,
}: {
  readonly files: Specs['files'];
  readonly open: string | null;
  readonly onOpen: (file: string | null) => void;
}): ReactNode {
  if (files.length === 0) return null;
  return (
    <Section title="Documents">
      <div className="stack">
        {files.map(({ name, text }) => {
          const isOpen = open === name;
          return (
            <div key={name} className="panel group">
              <button
                type="button"
                className="group-head"
                aria-expanded={isOpen}
                onClick={() => {
                  onOpen(isOpen ? null : name);
                }}
              >
                <span className="chevron" aria-hidden="true" />
                <span className="name mono">{name}</span>
              </button>
              {isOpen ? (
                <pre className="code" tabIndex={0} aria-label={`Text of ${name}`}>
                  {text}
                </pre>
              ) : null}
            </div>
          );
        })}
      </div>
    </Section>
  );
}

/** What is tried starts as the document in force. */
function Trial({ files, about, mayBacktest }: Pick<Specs, 'files' | 'about' | 'mayBacktest'>): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const first = files[0];
  return (
    <Section
      title="Try another"
      about={
        <>
          Checks a document as <code>burnline validate</code> does, and says which alerts it would have fired,
          as <code>burnline backtest</code> does. Nothing is saved.
        </>
      }
    >
      {isOpen ? (
        <Validate
          name={first?.name ?? 'slos.yaml'}
          text={first?.text ?? ''}
          about={about}
          mayBacktest={mayBacktest}
        />
      ) : (
        <button
          type="button"
          className="button"
          title={first?.name}
          onClick={() => {
            setOpen(true);
          }}
        >
          {first === undefined ? 'Write one' : `Start with ${first.name.split('/').at(-1) ?? first.name}`}
        </button>
      )}
    </Section>
  );
}
