import type { RestoreSeconds } from "leader-restore";

/** Seconds from the measurement to the image, setting up included. */
export const totalSeconds = (seconds: RestoreSeconds): number => seconds.load + seconds.compile + seconds.sampling;
