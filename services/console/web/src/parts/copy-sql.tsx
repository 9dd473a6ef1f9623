import { Popover } from 'radix-ui';
import { useState, type ReactNode } from 'react';

/** The statement behind figures: to read, and to copy into `burnline query` or any client of ClickHouse. */
export function CopySql({ sql, of }: { readonly sql: string; readonly of: string }): ReactNode {
  const [state, setState] = useState<'none' | 'copied' | 'refused'>('none');
  const copy = (): void => {
    navigator.clipboard.writeText(sql).then(
      () => {
        setState('copied');
      },
      () => {
        setState('refused');
      },
    );
  };
  return (
    <Popover.Root
      onOpenChange={() => {
        setState('none');
      }}
    >
      <Popover.Trigger className="button small bare" aria-label={`SQL of ${of}`}>
        SQL
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="pop" align="end" sideOffset={4} aria-label={`SQL of ${of}`}>
          <div className="pop-head">
            <h3>SQL of {of}</h3>
            <button type="button" className="button small" onClick={copy}>
              {state === 'copied' ? 'Copied' : 'Copy'}
            </button>
          </div>
          {state === 'refused' ? (
            <p className="dim">The browser refused: select and copy it by hand.</p>
          ) : null}
          <pre className="code" tabIndex={0}>
            {sql.trim()}
          </pre>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
