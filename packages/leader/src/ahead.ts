/**
 * `leader-restore/ahead`: starts the computing process of a program, and loads nothing else, so that it is on its way before the program
 * reads its own command line.
 */
export { startAhead } from "./host/child/started-ahead.js";
