import { useState, type ReactNode } from 'react';

/** A text to read and to copy. */
export function CopyText({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  const [state, setState] = useState<{ readonly of: string; readonly is: 'copied' | 'refused' } | null>(null);
  const is = state?.of === text ? state.is : null;
  return (
    <div>
      <div className="pop-head">
        <span className="dim">{label}</span>
        <button
          type="button"
          className="button small"
          onClick={() => {
            navigator.clipboard.writeText(text).then(
              () => {
                setState({ of: text, is: 'copied' });
              },
              () => {
                setState({ of: text, is: 'refused' });
              },
            );
          }}
        >
          {is === 'copied' ? 'Copied' : 'Copy'}
        </button>
      </div>
      {is === 'refused' ? <p className="dim">The browser refused: select and copy it by hand.</p> : null}
      <pre className="code" tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </div>
  );
}
