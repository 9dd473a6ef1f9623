/** Names and tables as Markdown, as reports have them too. */
export { markdownTable, markdownText } from '@burnline/reading';
