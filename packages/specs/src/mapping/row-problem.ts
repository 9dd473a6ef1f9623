/** What is wrong with one cell or row. Whoever knows the row's place tells of it. */
export class RowProblem extends Error {}
