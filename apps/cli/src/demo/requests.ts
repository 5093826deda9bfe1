/** What the demo shows. */
export interface DemoRequest {
  /** Absent: a generated landscape. */
  readonly picture?: string;
  readonly folder: string;
}

/** One picture and the presets that restore it. */
export interface GalleryRequest {
  readonly folder: string;
  /** Absent: all. */
  readonly tasks?: readonly string[];
  /** Absent: a generated landscape. */
  readonly picture?: string;
  readonly size: number;
  /** Of a uniform grid, in place of every preset's own. */
  readonly steps?: number;
  /** Absent: all. */
  readonly methods?: readonly string[];
}
