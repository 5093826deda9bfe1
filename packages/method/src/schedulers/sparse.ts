import { measuredShare, type LinearOperator } from "@leader/core";

/** More measured values than this share of the picture's leave little of its coarse structure open. */
const mostMeasured = 1 / 3;

/**
 * Whether a picture is measured by few values here and there: pixels of a mask, or a list of values in place of a picture (compressed sensing). Such a
 * measurement leaves coarse structure open as well as details, unlike a smaller or blurred picture, and unlike that without its colours.
 */
export const isSparse = (operator: Pick<LinearOperator, "svd" | "measured" | "domain" | "range">): boolean =>
  measuredShare(operator) <= mostMeasured &&
  (operator.measured !== undefined || operator.range.shape.length !== operator.domain.shape.length);
