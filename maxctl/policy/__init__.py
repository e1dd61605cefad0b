"""Pure: SPDX, knowledge of licences and data sets, rules that give verdicts."""
