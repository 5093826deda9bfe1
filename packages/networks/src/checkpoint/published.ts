import type { ScheduleSpec } from "@leader/core";
import type { ArchitectureName, ArchitectureSettings } from "../architectures/architecture.js";

/** What published files leave out, by what tells them apart. Sources: the authors' configurations; see docs/networks.md. */
export interface Published {
  /** Names under which the file goes. */
  readonly names: readonly string[];
  readonly architecture: ArchitectureName;
  readonly tensors: number;
  readonly parameters: number;
  readonly settings: ArchitectureSettings;
  readonly schedule: ScheduleSpec;
}

const adm = (
  names: readonly string[],
  tensors: number,
  parameters: number,
  settings: ArchitectureSettings,
  schedule: ScheduleSpec = "linear",
): Published => ({
  names,
  architecture: "adm",
  tensors,
  parameters,
  settings,
  schedule,
});

const ho = (names: readonly string[], tensors: number, parameters: number): Published => ({
  names,
  architecture: "ddpm",
  tensors,
  parameters,
  settings: {},
  schedule: "linear",
});

const old64 = { headChannels: 64, newAttentionOrder: false } as const;

/** Published checkpoints; number of tensors and of parameters tell them apart. */
export const published: readonly Published[] = [
  adm(
    ["256x256_diffusion_uncond.pt", "lsun_bedroom.pt", "lsun_cat.pt", "lsun_horse.pt", "celeba256_250000.pt", "places256_300000.pt"],
    566,
    552_814_086,
    old64,
  ),
  adm(["256x256_diffusion.pt"], 567, 553_838_086, old64),
  adm(["512x512_diffusion.pt"], 645, 558_997_638, old64),
  adm(["128x128_diffusion.pt"], 493, 421_529_606, { heads: 4, newAttentionOrder: false }),
  adm(["64x64_diffusion.pt"], 541, 295_904_454, { headChannels: 64, newAttentionOrder: true }, "cosine"),
  adm(["ffhq_10m.pt"], 362, 93_563_910, old64),
  ho(
    ["celeba_hq.ckpt", "ema_diffusion_lsun_bedroom_model", "ema_diffusion_lsun_cat_model", "ema_diffusion_lsun_church_model"],
    450,
    113_673_219,
  ),
  ho(["ema_diffusion_cifar10_model"], 328, 35_746_307),
  { names: ["drunet_color.pth"], architecture: "drunet", tensors: 64, parameters: 32_640_960, settings: {}, schedule: "linear" },
];
