import type { HostTensor } from "@leader/graph";

/** What a picture file carries besides its samples. */
export interface PictureMetadata {
  /** ICC profile: what the samples mean as colours. */
  readonly icc?: Uint8Array;
  /** EXIF block from its byte order on; orientation is 1, since pictures are read upright. */
  readonly exif?: Uint8Array;
  /** XMP packet, UTF-8. */
  readonly xmp?: Uint8Array;
  /** Pixels per inch. */
  readonly density?: number;
  /** What made the picture, for the file that is written; not what is read from a source. */
  readonly record?: string;
  /** JPEG quality, 1-100, estimated from the quantisation table. */
  readonly quality?: number;
}

/**
 * A picture as it stands in its file, upright. Samples are not converted to sRGB: the work is done in the colours of the profile and the
 * result carries the profile, so that nothing is clipped to a smaller gamut and what is not restored stays exact. (The network sees the
 * curves of the profile as sRGB's; common profiles differ from sRGB in their primaries and hardly in their curve.)
 */
export interface Picture {
  /** [1,C,H,W] float32 in [-1,1]; C is 1 for grey pictures and 3 for colour. */
  readonly tensor: HostTensor;
  /** Bits per sample for the result; floating-point and 32-bit files have 16. */
  readonly bitDepth: 8 | 16;
  /** [1,1,H,W] in [0,1], where the file has transparency. */
  readonly alpha?: HostTensor;
  readonly metadata: PictureMetadata;
  /** What was changed while reading, in words. */
  readonly notes: readonly string[];
}
