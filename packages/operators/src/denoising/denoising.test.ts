import { describeOperator } from "@leader/core/testing";
import { images, operatorAt } from "../../test/environment.js";

const operator = await operatorAt("denoising", {}, images(3, 5));
describeOperator("denoising", () => operator);
