/** What a report is made of, whatever it is written as. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  /** `name` is that of its file, `label` says what it shows; the SVG has no text that is not of it. */
  | { readonly kind: 'chart'; readonly name: string; readonly label: string; readonly svg: string };
