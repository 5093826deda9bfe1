/** Where the record of a result is kept that cannot carry it itself. */
export const recordFileOf = (path: string): string => `${path}.leader.json`;
