/** What composing begins with. */
export const firstPipeline = `apiVersion: leader/v1
operator:
  use: "@leader/operators#super-resolution"
  with:
    factor: 2
baseline:
  use: "@leader/baseline-ddpg#idpg"
scheduler:
  use: leader#uniform
  with:
    steps: 20
`;
