/** Texts from outside, as a terminal and Markdown may have them. */
export { cut, shown, shownLines, widthOf } from '@burnline/reading';
