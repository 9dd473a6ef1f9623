import { useSyncExternalStore } from 'react';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'burnline-theme';
const listeners = new Set<() => void>();
const prefersDark = matchMedia('(prefers-color-scheme: dark)');
prefersDark.addEventListener('change', tell);

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function chosen(): Theme {
  const theme = document.documentElement.dataset['theme'];
  return THEMES.find((one) => one === theme) ?? 'system';
}

/** Takes a theme, and keeps it for the next visit where the browser lets pages keep anything. */
export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // A browser that keeps nothing shows the theme for this visit.
  }
  tell();
}

/** The theme of the last visit; called once, before anything is drawn. */
export function restoreTheme(): void {
  try {
    const kept = THEMES.find((theme) => theme === localStorage.getItem(KEY));
    if (kept !== undefined && kept !== 'system') document.documentElement.dataset['theme'] = kept;
  } catch {
    // As above.
  }
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, chosen);
}

/** A text that differs whenever colours do: canvases are drawn again by it. */
export function useColorKey(): string {
  return useSyncExternalStore(subscribe, () => `${chosen()} ${prefersDark.matches}`);
}

/** Colours of custom properties, as canvases take them: what `light-dark()` comes to now. */
export function resolveColors(properties: readonly string[]): Readonly<Record<string, string>> {
  const probe = document.createElement('i');
  probe.hidden = true;
  document.body.append(probe);
  const colors = properties.map((property) => {
    probe.style.color = `var(${property})`;
    return [property, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(colors);
}
