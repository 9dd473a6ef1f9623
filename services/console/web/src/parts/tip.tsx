import { Tooltip } from 'radix-ui';
import type { ReactNode } from 'react';

/** Words on hover and focus: for what is said elsewhere too, or explains a word. */
export function Tip({
  text,
  children,
}: {
  readonly text: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <Tooltip.Root delayDuration={200}>
      <Tooltip.Trigger className="tip-trigger" type="button">
        {children}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tip" sideOffset={5} collisionPadding={10}>
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
