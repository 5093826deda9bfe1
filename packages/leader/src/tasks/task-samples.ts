import type { HostTensor } from "@leader/graph";
import type { Picture } from "../picture/picture.js";
import { visibleSamples } from "../picture/result-picture.js";
import { lumaOf } from "./luma.js";
import { alphaOnly } from "../host/compose/environment.js";
import type { TaskName } from "./task-pipeline.js";

/**
 * The samples of a picture that a task starts from: those that can be seen, and their luma for colouring.
 * @param task undefined for a pipeline that is no task's
 */
export function taskSamples(picture: Picture, task: TaskName | undefined): HostTensor {
  const visible = visibleSamples(picture);
  return task === "colorize" ? lumaOf(visible) : visible;
}

/** True if the holes of an inpainting are the transparent pixels of the picture itself, none of which is left when they are filled. */
export const fillsOwnHoles = (mask: string): boolean => mask.endsWith(alphaOnly);
