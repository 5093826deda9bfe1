/** What the fidelity of a task moves a result between. */
export const fidelityText = "from perceptual (0: crisp, more of it invented) to faithful (1: nearest on average, and smoother)";
