"""What the files in the folder of a run are called."""

from __future__ import annotations

BEST, STATE, ONNX, KERAS = "best.safetensors", "state.safetensors", "model.onnx", "model.keras"
OLDER_STATE, FINAL_STATE = "state.older.safetensors", "state.final.safetensors"
HISTORY, GRADIENTS, FACTS = "history.csv", "gradients.csv", "run.json"
RECIPE, RECIPE_TEXT, REPORT = "recipe.json", "recipe.net", "report.html"
CURVES, NORMS, PREDICTED = "curves.png", "gradients.png", "predicted.png"
CONFUSION, CONFUSION_TABLE, MISTAKES = "confusion.png", "confusion.csv", "mistakes.png"
LOGS, LOCK, SOURCE, TRACKED = "logs", "lock", "source", "tracked.json"
FOLDS_TABLE, FIRST_FOLD = "folds.csv", "fold-1"
RATES, RATES_TABLE, RATES_DATA, RATES_PAGE = (
    "find-lr.png",
    "find-lr.csv",
    "find-lr.json",
    "find-lr.html",
)
RATE_TEST = (RATES, RATES_TABLE, RATES_DATA, RATES_PAGE)
"""What a range test of learning rates writes."""
PICTURES = (CURVES, NORMS, PREDICTED, CONFUSION, CONFUSION_TABLE, MISTAKES)
STUDY, SWEEP, TRIALS, WORKERS_LOG = "study.log", "sweep.json", "trials.csv", "workers.log"
SWEEP_PNG, SWEEP_SVG = "sweep.png", "sweep.svg"
SWEEP_FILES = (STUDY, SWEEP, TRIALS, SWEEP_PNG, SWEEP_SVG)
"""What a sweep writes, beside its report, its sources and the folders of its trials."""
