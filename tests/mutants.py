"""Mutants: small wrong changes to the product, each with the test that must notice it.

    python -m tests.mutants                    runs all of them
    python -m tests.mutants rng. splits.       runs those whose names start so
    python -m tests.mutants --check            only checks that each can be applied

Not part of the suite: run it by hand after tests were removed or rewritten, or code was moved. A mutant
that survives is a hole in the tests. Each one is applied to a copy of the tracked files in a temporary
folder, never to the working tree, and only its own test is run there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 300
"""What runs longer hangs: the tests named here take seconds."""
KILLED, SURVIVED, BROKEN = "killed", "SURVIVED", "DOES NOT APPLY"
_PASSED, _FAILED = 0, 1  # exit codes of pytest


@dataclass(frozen=True)
class Mutant:
    """One wrong change.

    Attributes:
        name: The module or a package of the file, a dot, and what is wrong.
        file: The file that is changed.
        find: The text that is replaced; the file must hold it exactly once.
        replace: What it is replaced by.
        test: The test that must fail: a file of tests, or one test in it as pytest names it.
    """

    name: str
    file: str
    find: str
    replace: str
    test: str


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "liveness.an attempt can be taken twice",
        "augment/runs/liveness.py",
        '.open("x", encoding',
        '.open("w", encoding',
        "tests/runs/test_engines.py::test_of_many_supervisors_one_gets_an_attempt",
    ),
    Mutant(
        "supervisor.a late attempt goes on",
        "augment/runs/supervisor.py",
        "self.is_asked_to_end or hold.is_lost())",
        "self.is_asked_to_end)",
        "tests/runs/test_engines.py::test_an_attempt_that_was_cut_off_gives_way_to_the_next",
    ),
    Mutant(
        "supervisor.a late attempt writes its end",
        "augment/runs/supervisor.py",
        "    if hold.is_lost():\n",
        "    if False:\n",
        "tests/runs/test_engines.py::test_an_attempt_that_was_cut_off_gives_way_to_the_next",
    ),
    Mutant(
        "liveness.an old heartbeat is alive",
        "augment/runs/liveness.py",
        "return age < MISSED *",
        "return age < 1000 * MISSED *",
        "tests/runs/test_engines.py::test_an_attempt_that_was_cut_off_gives_way_to_the_next",
    ),
    Mutant(
        "runs.a taken attempt is queued again",
        "augment/runs/run.py",
        "if written or problem or was_taken or not can_start:",
        "if written or problem or was_taken or not can_start:",
        "tests/runs/test_engines.py::test_a_supervisor_that_died_before_its_first_word_is_lost_not_queued",
    ),
    Mutant(
        "dispatch.what a cluster forgot is not handed over again",
        "augment/runs/dispatch.py",
        "if job is None or not job.is_live:\n                    self._hand_over",
        "if job is None and not run.job or job and not job.is_live:\n                    self._hand_over",
        "tests/runs/test_engines.py::test_six_runs_outlive_their_cluster",
    ),
    Mutant(
        "dispatch.a run that the cluster holds is handed over",
        "augment/runs/dispatch.py",
        "if job is None or not job.is_live:\n                    self._hand_over",
        "if True:\n                    self._hand_over",
        "tests/runs/test_engines.py::test_a_cluster_is_told_what_happens_to_its_runs",
    ),
    Mutant(
        "dispatch.jobs of runs that are over stay",
        "augment/runs/dispatch.py",
        "self._engine.cancel(job.id)",
        "pass",
        "tests/runs/test_engines.py::test_a_cluster_is_told_what_happens_to_its_runs",
    ),
    Mutant(
        "dispatch.a job that cannot start is tried for ever",
        "augment/runs/dispatch.py",
        "tries >= MOST_TRIES",
        "tries >= 1000",
        "tests/runs/test_engines.py::test_a_job_that_cannot_start_its_run_fails_it",
    ),
    Mutant(
        "engines.ray needs no token",
        "augment/runs/engines/ray.py",
        "        _token()\n        _reserved(1)",
        "        _reserved(1)",
        "tests/runs/test_engines.py::test_ray_is_not_used_without_a_token",
    ),
    Mutant(
        "trackers.the last event file stays as it is",
        "augment/trackers/to_tensorboard.py",
        "os.truncate(each, 0)",
        "each.touch()",
        "tests/trackers/test_to_tensorboard.py",
    ),
    Mutant(
        "trackers.an open TensorBoard keeps what was before",
        "augment/trackers/to_tensorboard.py",
        "session_log=SessionLog(status=SessionLog.START)",
        "session_log=SessionLog(status=SessionLog.CHECKPOINT)",
        "tests/trackers/test_to_tensorboard.py",
    ),
    Mutant(
        "trackers.each export to MLflow adds all points",
        "augment/trackers/to_mlflow.py",
        "[each for each in points if (each.name, each.step) not in had]",
        "list(points)",
        "tests/trackers/test_to_mlflow.py::test_a_run_that_trains_is_brought_up_to_date",
    ),
    Mutant(
        "trackers.a point that MLflow has too many stays",
        "augment/trackers/to_mlflow.py",
        "        bool(stale)\n",
        "        False\n",
        "tests/trackers/test_to_mlflow.py::test_a_run_that_went_another_way_is_written_anew",
    ),
    Mutant(
        "trackers.a password is in the message",
        "augment/trackers/to_mlflow.py",
        "reason = _without_password(one_line(error))",
        "reason = one_line(error)",
        "tests/trackers/test_to_mlflow.py::test_a_server_that_does_not_answer",
    ),
    Mutant(
        "trackers.files of somebody else are taken for ours",
        "augment/trackers/place.py",
        "    if others:\n",
        "    if len(others) > 1:\n",
        "tests/trackers/test_export.py::test_what_cannot_be_exported",
    ),
    Mutant(
        "trackers.an export goes into the folder of a run",
        "augment/trackers/place.py",
        "home in place.parents",
        "home in folder.parents and False",
        "tests/trackers/test_export.py::test_what_cannot_be_exported",
    ),
    Mutant(
        "trackers.steps begin anew in each epoch",
        "augment/trackers/content.py",
        'before += length * (row["epoch"] - epoch)',
        "before = 0.0",
        "tests/trackers/test_to_csv.py",
    ),
    Mutant(
        "trackers.a table of before it was damaged stays",
        "augment/trackers/to_csv.py",
        "(folder / name).unlink()",
        "(folder / name).touch()",
        "tests/trackers/test_export.py::test_a_damaged_file_is_a_sentence_and_the_rest_is_exported",
    ),
    Mutant(
        "trackers.the samples are not those of the training",
        "augment/trackers/content.py",
        "after=shown.images[place]",
        "after=shown.images[place - 1]",
        "tests/trackers/test_to_csv.py",
    ),
    Mutant(
        "config.folders of this machine are given away",
        "augment/runs/config.py",
        "{Path(place).name}",
        "{place}",
        "tests/trackers/test_export.py::test_the_data_may_be_gone",
    ),
    Mutant(
        "model_export.a link is served as an archive",
        "augment/model_export/archive.py",
        "stat.S_ISREG(path.lstat().st_mode)",
        "stat.S_ISREG(path.stat().st_mode)",
        "tests/model_export/test_formats.py::test_a_link_is_no_archive",
    ),
    Mutant(
        "model_export.the archive of an earlier evaluation stays",
        "augment/model_export/archive.py",
        "folder.evaluation, folder.test, folder.metrics):",
        "folder.evaluation, folder.metrics):",
        "tests/model_export/test_formats.py::test_it_is_made_once_and_anew_where_the_model_or_its_figures_change",
    ),
    Mutant(
        "model_export.the script decodes a JPEG whole",
        "augment/model_export/predict.py",
        "picture.draft(None, (SIZE, SIZE))",
        "picture.tell()",
        "tests/model_export/test_predict.py",
    ),
    Mutant(
        "rng.zero can be drawn",
        "augment/engine/rng.py",
        "* 2.0**-52 + 2.0**-53",
        "* 2.0**-52",
        "tests/engine/test_rng.py::test_never_zero_or_one",
    ),
    Mutant(
        "rng.every epoch draws the same",
        "augment/engine/rng.py",
        "_as_uint64(epoch))",
        "_as_uint64(0))",
        "tests/engine/test_rng.py",
    ),
    Mutant(
        "distributions.the size decides the sign",
        "augment/engine/distributions.py",
        "uniforms[1] < 0.5, -size",
        "uniforms[0] < 0.5, -size",
        "tests/engine/test_distributions.py",
    ),
    Mutant(
        "distributions.within one side only",
        "augment/engine/distributions.py",
        "(2.0 * uniforms[0] - 1.0) * half",
        "uniforms[0] * half",
        "tests/engine/test_distributions.py",
    ),
    Mutant(
        "distributions.a lopsided beta",
        "augment/engine/distributions.py",
        "betaincinv(shape, shape,",
        "betaincinv(shape, 1.0,",
        "tests/engine/test_distributions.py",
    ),
    Mutant(
        "distributions.whole never reaches its end",
        "augment/engine/distributions.py",
        "uniforms[0] * (high - low + 1)), np.int64",
        "uniforms[0] * (high - low)), np.int64",
        "tests/engine/test_distributions.py",
    ),
    Mutant(
        "distributions.strengths above 1",
        "augment/engine/distributions.py",
        "np.clip(strengths, 0.0, 1.0)",
        "np.clip(strengths, 0.0, 2.0)",
        "tests/engine/test_distributions.py",
    ),
    Mutant(
        "draw.every row is its own partner",
        "augment/engine/draw.py",
        "np.concatenate((circle[1:], circle[:1]))",
        "circle",
        "tests/engine/test_draw.py",
    ),
    Mutant(
        "draw.one partner for all slots",
        "augment/engine/draw.py",
        "key ^ np.uint64(salt)",
        "key",
        "tests/engine/test_draw.py",
    ),
    Mutant(
        "draw.steps of one op happen together",
        "augment/engine/draw.py",
        'rng.key(f"{step.id}.probability")',
        'rng.key(f"{step.op}.probability")',
        "tests/engine/test_draw.py",
    ),
    Mutant(
        "draw.ops happen at strength 0",
        "augment/engine/draw.py",
        "choice.strength > 0.0",
        "choice.strength >= 0.0",
        "tests/ops/policies/test_rand_augment.py::test_magnitude_0_applies_nothing",
    ),
    Mutant(
        "draw.the other classes",
        "augment/engine/draw.py",
        "np.isin(self.own_class, step.classes)",
        "~np.isin(self.own_class, step.classes)",
        "tests/engine/test_classes.py",
    ),
    Mutant(
        "draw.a step during the policy before it",
        "augment/engine/draw.py",
        "stage += step.stages",
        "stage += 1",
        "tests/engine/test_draw.py",
    ),
    Mutant(
        "draw.slots at the same time",
        "augment/engine/draw.py",
        "+ slots * width",
        "+ 0 * width",
        "tests/engine/test_draw.py",
    ),
    Mutant(
        "arrays.rows sum to anything",
        "augment/engine/arrays.py",
        "np.abs(sums - 1.0).max() <= _TOLERANCE",
        "True",
        "tests/engine/test_arrays.py",
    ),
    Mutant(
        "arrays.shares below 0",
        "augment/engine/arrays.py",
        "labels.min() >= 0.0",
        "True",
        "tests/engine/test_arrays.py",
    ),
    Mutant(
        "arrays.a column of class numbers",
        "augment/engine/arrays.py",
        'if array.shape[1] == 1 and array.dtype.kind != "b":',
        "if False:",
        "tests/engine/test_arrays.py",
    ),
    Mutant(
        "arrays.ids are rounded",
        "augment/engine/arrays.py",
        "remedy = f\"use {name}.astype('int64')\"\n",
        "return array.astype(np.int64)\n",
        "tests/engine/test_arrays.py",
    ),
    Mutant(
        "arrays.a true seed",
        "augment/engine/arrays.py",
        "None if isinstance(value, bool) else operator",
        "operator",
        "tests/engine/test_arrays.py",
    ),
    Mutant(
        "arrays.an epoch too large",
        "augment/engine/arrays.py",
        " or array.max() > EPOCH.high",
        "",
        "tests/engine/test_arrays.py",
    ),
    Mutant(
        "kerasdata.an epoch serves again",
        "augment/kerasdata.py",
        "            )\n        self._epoch_set = None\n",
        "            )\n",
        "tests/test_kerasdata.py",
    ),
    Mutant(
        "kerasdata.an epoch set before fit serves",
        "augment/kerasdata.py",
        "_is_within_epoch = False\n        self._epoch_set = None\n",
        "_is_within_epoch = False\n",
        "tests/test_kerasdata.py",
    ),
    Mutant(
        "kerasdata.predict leaves rows out",
        "augment/kerasdata.py",
        "        if self._before_first_end:\n",
        "        if False:\n",
        "tests/test_kerasdata.py",
    ),
    Mutant(
        "kerasdata.any order of the batches",
        "augment/kerasdata.py",
        "self.in_order += index == self.in_order",
        "self.in_order += 1",
        "tests/test_kerasdata.py::test_an_order_drawn_by_keras_is_refused",
    ),
    Mutant(
        "tfdata.a column of class numbers",
        "augment/tfdata.py",
        " and columns != 1:",
        ":",
        "tests/test_tfdata.py",
    ),
    Mutant(
        "render.labels swapped",
        "augment/engine/render.py",
        "own * soft_labels + (1.0 - own) * soft_labels[partners]",
        "(1.0 - own) * soft_labels + own * soft_labels[partners]",
        "tests/engine/test_render.py::test_labels_through_two_mixes",
    ),
    Mutant(
        "memory.any number of arrays is kept",
        "augment/engine/memory.py",
        "len(kept) > _MOST or ",
        "",
        "tests/engine/test_memory.py::test_little_memory_is_kept",
    ),
    Mutant(
        "memory.any number of bytes is kept",
        "augment/engine/memory.py",
        " or sum(levels.size for levels in kept) > _MOST_BYTES:",
        ":",
        "tests/engine/test_memory.py::test_little_memory_is_kept",
    ),
    Mutant(
        "plain.an empty plan copies nothing",
        "augment/engine/plain.py",
        "if not writes:",
        "if False:",
        "tests/engine/test_render.py::test_nothing_gives_the_pictures_in_an_array_of_their_own",
    ),
    Mutant(
        "plain.warps in the other order",
        "augment/engine/plain.py",
        "functools.reduce(compose, matrices)",
        "functools.reduce(compose, reversed(list(matrices)))",
        "tests/engine/test_plain.py",
    ),
    Mutant(
        "plain.a statistic from before",
        "augment/engine/plain.py",
        "if known[applied.op].reads and together:",
        "if False:",
        "tests/engine/test_plain.py::test_the_statistic_is_that_of_the_picture_before_the_op",
    ),
    Mutant(
        "plain.one border for all",
        "augment/engine/plain.py",
        "if own and border and own != border:",
        "if False:",
        "tests/ops/spatial/test_borders.py",
    ),
    Mutant(
        "plain.the own share whole",
        "augment/engine/plain.py",
        "own = 1.0 - math.fsum(branch.weight for branch in branches)",
        "own = 1.0",
        "tests/ops/policies/test_aug_mix.py::test_is_the_weighted_sum_of_its_chains",
    ),
    Mutant(
        "plain.a move does not round",
        "augment/engine/plain.py",
        "far, part / 256, 1 / 512,",
        "far, part / 256, 0.0,",
        "tests/engine/test_plain.py::test_a_move_is_rounded_as_whole_numbers_are",
    ),
    Mutant(
        "plain.a border made beforehand moves a place of the raster",
        "augment/engine/plain.py",
        "if (begin_moved - begin != 1024 * added).any():",
        "if False:",
        "tests/engine/test_plain.py::test_a_border_made_beforehand_never_changes_a_raster_place",
    ),
    Mutant(
        "plain.a border made beforehand lacks the neighbour",
        "augment/engine/plain.py",
        "math.floor(start + high) + 3 - size",
        "math.floor(start + high) + 1 - size",
        "tests/engine/test_plain.py::test_a_warp_is_that_of_opencv_to_the_byte",
    ),
    Mutant(
        "plain.a mirrored picture is moved the other way",
        "augment/engine/plain.py",
        "width - 1 - x0 if xx < 0",
        "x0 - width + 1 if xx < 0",
        "tests/engine/test_plain.py::test_mirrored_and_moved_by_whole_pixels",
    ),
    Mutant(
        "plain.a blend that can be seen is a copy",
        "augment/engine/plain.py",
        "_UNSEEN = 0.499",
        "_UNSEEN = 0.502",
        "tests/engine/test_plain.py::test_a_blend_that_changes_no_level_is_a_copy_of_the_same_bytes",
    ),
    Mutant(
        "plain.what is pasted was pasted on itself",
        "augment/engine/plain.py",
        "partner[top:bottom, left:right].copy()",
        "partner[top:bottom, left:right]",
        "tests/engine/compiled/test_program.py::test_mixes_in_every_order",
    ),
    Mutant(
        "image_grid.a sheet shows what its memory held",
        "pages/components/parts/image_grid/image_grid.py",
        "sheet[(rows - 1) * size :] = 0",
        "pass",
        "tests/pages/parts/test_image_grid.py::test_a_sheet_is_as_square_as_it_can_be",
    ),
    Mutant(
        "program.rows replay in another order",
        "augment/engine/compiled/program.py",
        "sorted(found.items(), key=lambda item: item[0][0])",
        "found.items()",
        "tests/engine/compiled/test_program.py::test_columns_are_made_of_rows_without_a_loss",
    ),
    Mutant(
        "program.what does not mix joins across a mix",
        "augment/engine/compiled/program.py",
        "cuts = np.unique([mixing, mixing + 1])",
        "cuts = np.unique([mixing, mixing])",
        "tests/engine/compiled/test_program.py::test_what_happens_at_the_stage_where_another_row_mixes",
    ),
    Mutant(
        "program.a row that no op reaches is left out",
        "augment/engine/compiled/program.py",
        "for row in np.flatnonzero(self.is_source):",
        "for row in ():",
        "tests/engine/compiled/test_program.py::test_all_of_out_is_written",
    ),
    Mutant(
        "program.a blend and the paste after it in one pass",
        "augment/engine/compiled/program.py",
        'if waiting and (mixed >= ends["paste"]).all():',
        "if waiting:",
        "tests/engine/compiled/test_program.py::test_mixes_in_every_order",
    ),
    Mutant(
        "program.the last block is short",
        "augment/engine/compiled/program.py",
        "(n, min(n + step, self.count))",
        "(n, min(n + step, self.count - 1))",
        "tests/engine/compiled/test_program.py::test_batches",
    ),
    Mutant(
        "program.a border of any op",
        "augment/engine/compiled/program.py",
        "borders[at] = BORDERS[border.mode], border.value",
        "borders[at] = BORDERS[border.mode], 0",
        "tests/engine/compiled/test_loops.py::test_warps",
    ),
    Mutant(
        "carry_out.a statistic from before",
        "augment/engine/compiled/carry_out.py",
        "if what_is_read(codes[after]):",
        "if False:",
        "tests/engine/compiled/test_loops.py::test_every_three_tones",
    ),
    Mutant(
        "carry_out.one border for all",
        "augment/engine/compiled/carry_out.py",
        "                    elif borders[after, 0] >= 0 and (\n",
        "                    elif False and (\n",
        "tests/engine/compiled/test_loops.py::test_neighbours_with_two_borders",
    ),
    Mutant(
        "carry_out.warps in the other order",
        "augment/engine/compiled/carry_out.py",
        "compose(matrix, then)",
        "compose(then, matrix)",
        "tests/engine/compiled/test_loops.py::test_neighbours_with_two_borders",
    ),
    Mutant(
        "carry_out.grey if the last table is",
        "augment/engine/compiled/carry_out.py",
        "is_grey &= write_tables(",
        "is_grey = write_tables(",
        "tests/engine/compiled/test_loops.py::test_every_three_tones",
    ),
    Mutant(
        "loops.the reflection is one pixel off",
        "augment/engine/compiled/loops.py",
        "return place if place < size else 2 * size - 1 - place",
        "return place if place < size else 2 * size - 2 - place",
        "tests/engine/compiled/test_loops.py::test_warps",
    ),
    Mutant(
        "loops.sums that do not fit",
        "augment/engine/compiled/loops.py",
        "min(height, y + 256)",
        "min(height, y + 300)",
        "tests/engine/compiled/test_loops.py::test_statistics_and_tables",
    ),
    Mutant(
        "loops.the last pixels are not counted",
        "augment/engine/compiled/loops.py",
        "for place in range(end, size):\n        counters",
        "for place in range(size, size):\n        counters",
        "tests/engine/compiled/test_loops.py::test_statistics_and_tables",
    ),
    Mutant(
        "loops.the partner as it was before its paste",
        "augment/engine/compiled/loops.py",
        "two = pasted[other] if in_other else other",
        "two = other",
        "tests/engine/compiled/test_loops.py::test_a_paste_and_the_blend_after_it",
    ),
    Mutant(
        "loops.a blend rounded twice",
        "augment/engine/compiled/loops.py",
        "return builder.fma(*arguments)",
        "return builder.fadd(builder.fmul(*arguments[:2]), arguments[2])",
        "tests/engine/compiled/test_loops.py::test_a_paste_and_the_blend_after_it",
    ),
    Mutant(
        "generated.the text of the ops does not count",
        "augment/engine/compiled/generated.py",
        "(*augment.engine.__path__, *ops.submodule_search_locations)",
        "augment.engine.__path__",
        "tests/engine/compiled/test_generated.py::test_the_name_depends_on_every_text",
    ),
    Mutant(
        "generated.a chosen folder is not looked into",
        "augment/engine/compiled/generated.py",
        'folder.glob(f"*/{_name',
        'folder.glob(f"__pycache__/{_name',
        "tests/engine/compiled/test_generated.py::test_a_later_process_finds_what_was_compiled",
    ),
    Mutant(
        "generated.a choice has the code of another",
        "augment/engine/compiled/generated.py",
        "tuple(values[name] for name in self.choices)",
        "next(iter(self.codes))",
        "tests/engine/compiled/test_generated.py::test_every_choice_has_the_code_of_what_it_does",
    ),
    Mutant(
        "generated.a file beside which numba cannot write",
        "augment/engine/compiled/generated.py",
        "            tempfile.TemporaryFile(dir=folder).close()\n",
        "",
        "tests/engine/compiled/test_generated.py::test_a_file_where_numba_cannot_write_is_passed_over",
    ),
    Mutant(
        "compiled.numba in a process that stays plain",
        "augment/engine/compiled/__init__.py",
        "    if _stays_plain:\n        return False\n",
        "",
        "tests/engine/compiled/test_compiled.py",
    ),
    Mutant(
        "op.an unknown param is accepted",
        "augment/engine/op.py",
        "if needed not in params:",
        "if False:",
        "tests/engine/test_params.py",
    ),
    Mutant(
        "op.slots are not checked",
        "augment/engine/op.py",
        "for needed in (*draw.param_names, *draw.slots):",
        "for needed in draw.param_names:",
        "tests/engine/test_params.py",
    ),
    Mutant(
        "plain.a paste labels by the requested box",
        "augment/engine/plain.py",
        "own[row] = 1.0 - (bottom - top) * (right - left) / float(height * width)",
        'own[row] = values["share"]',
        "tests/ops/mixing/test_cut_mix.py::test_the_label_is_the_share_measured_after_clipping",
    ),
    Mutant(
        "plain.a blend the other way round",
        "augment/engine/plain.py",
        "cv2.addWeighted(picture, share, partner, 1.0 - share,",
        "cv2.addWeighted(picture, 1.0 - share, partner, share,",
        "tests/ops/mixing/test_mix_up.py::test_blends_as_pillow_does_to_a_level",
    ),
    Mutant(
        "ops.grid_mask with the paper's ratio",
        "augment/ops/erasing/grid_mask.py",
        "(1.0 - ratio) * side_px",
        "ratio * side_px",
        "tests/ops/erasing/test_grid_mask.py::test_the_blank_share_is_the_squared_ratio",
    ),
    Mutant(
        "ops.solarize above the threshold only",
        "augment/ops/tone/solarize.py",
        "raised < threshold",
        "raised <= threshold",
        "tests/ops/tone/test_solarize.py::test_equals_pillow",
    ),
    Mutant(
        "ops.random_resized_crop cut short",
        "augment/ops/spatial/random_resized_crop.py",
        "wide, high = 1.0, area",
        "wide, high = 1.0, high",
        "tests/ops/spatial/test_random_resized_crop.py::test_crops_lie_within_the_picture_and_have_their_area",
    ),
    Mutant(
        "geometry.a box off its centre",
        "augment/engine/geometry.py",
        "place_of(centre_y, height) - box_height // 2",
        "place_of(centre_y, height) - box_width // 2",
        "tests/ops/mixing/test_cut_mix.py::test_pastes_as_pillow_does",
    ),
    Mutant(
        "geometry.the last bit of a product counts",
        "augment/engine/geometry.py",
        "return math.floor(fraction * side * 1e9 + 0.5) / 1e9",
        "return fraction * side",
        "tests/engine/test_geometry.py",
    ),
    Mutant(
        "op.pictures too small for an op",
        "augment/engine/op.py",
        "min(height, width) >= self.smallest_px",
        "min(height, width) > 0",
        "tests/engine/test_any_size.py::test_what_is_too_small_for_an_op_stays_as_it_is_and_the_plan_says_so",
    ),
    Mutant(
        "ops.aug_mix with empty chains",
        "augment/ops/policies/aug_mix.py",
        "deep = 1 + np.floor(",
        "deep = np.floor(",
        "tests/ops/policies/test_aug_mix.py::test_a_chain_has_from_one_op_to_the_depth",
    ),
    Mutant(
        "policies.no identity",
        "augment/engine/policies.py",
        "choices = count + or_nothing",
        "choices = count",
        "tests/ops/policies/test_rand_augment.py::test_the_fourteen_of_the_paper_are_drawn_equally_often",
    ),
    Mutant(
        "policies.the paper's turn doubled",
        "augment/engine/policies.py",
        "turn / 360.0",
        "turn / 180.0",
        "tests/ops/policies/test_rand_augment.py::test_a_strength_gives_each_op_of_the_paper_its_value",
    ),
    Mutant(
        "ops.puzzle_mix hides what is salient",
        "augment/ops/mixing/puzzle_mix.py",
        "moves - shown.ravel()",
        "moves + shown.ravel()",
        "tests/ops/mixing/test_puzzle_mix.py",
    ),
    Mutant(
        "recipe.a probability above 1",
        "augment/engine/recipe.py",
        "not 0 <= value <= 1:",
        "not 0 <= value:",
        "tests/engine/test_schema.py::test_schema_and_reader_agree_on_every_entry",
    ),
    Mutant(
        "recipe.made ids collide",
        "augment/engine/recipe.py",
        "    taken.add(made)\n",
        "",
        "tests/engine/test_recipe.py",
    ),
    Mutant(
        "recipe.nested one level less",
        "augment/engine/recipe.py",
        "if depth == MAX_DEPTH:",
        "if depth == MAX_DEPTH - 1:",
        "tests/engine/test_schema.py",
    ),
    Mutant(
        "recipe.a class beyond the last",
        "augment/engine/recipe.py",
        "if names is None else len(names)",
        "if names is None else len(names) + 1",
        "tests/engine/test_recipe.py",
    ),
    Mutant(
        "recipe.version true",
        "augment/engine/recipe.py",
        "isinstance(version, bool) or not isinstance",
        "not isinstance",
        "tests/engine/test_schema.py",
    ),
    Mutant(
        "params.halves of whole numbers",
        "augment/engine/params.py",
        '(self.type == "float" or value == int(value))',
        "True",
        "tests/engine/test_schema.py",
    ),
    Mutant(
        "schema.unknown entries are accepted",
        "augment/engine/schema.py",
        '"additionalProperties": False',
        '"additionalProperties": True',
        "tests/engine/test_schema.py",
    ),
    Mutant(
        "schema.no largest value",
        "augment/engine/schema.py",
        '"minimum": low, "maximum": high}',
        '"minimum": low}',
        "tests/engine/test_schema.py::test_the_schema_has_the_descriptions_of_the_op",
    ),
    Mutant(
        "advice.on values that have no effect",
        "augment/advice/values.py",
        "param.recommended_for(step.params) if param.applies(step.params) else ()",
        "param.recommended_for(step.params)",
        "tests/advice/test_values.py",
    ),
    Mutant(
        "advice.the rate does not count",
        "augment/advice/values.py",
        "if slots * mean * rate > MOST_STRENGTH:",
        "if slots * mean > MOST_STRENGTH:",
        "tests/advice/test_values.py::test_many_ops_at_a_high_strength",
    ),
    Mutant(
        "advice.the colour of lost pictures",
        "augment/advice/pictures.py",
        "(measured.colour < COLOUR_LEFT) & ~gone",
        "measured.colour < COLOUR_LEFT",
        "tests/advice/test_pictures.py::test_what_is_gone_needs_no_word_on_its_colour",
    ),
    Mutant(
        "advice.chance counts as information",
        "augment/advice/measures.py",
        "_entropy(together) - chance",
        "_entropy(together)",
        "tests/advice/test_measures.py",
    ),
    Mutant(
        "inspect.the present value in place of an end",
        "augment/inspect/sweeps.py",
        "inner = sorted(spaced - {low, high})",
        "inner = sorted(spaced)",
        "tests/inspect/test_sweeps.py::test_the_present_value_takes_the_place_of_the_nearest_but_an_end",
    ),
    Mutant(
        "inspect.held off by leaving the choice",
        "augment/inspect/mixing.py",
        "probability=0.0 if is_mixing(step.op) else step.probability,",
        "enabled=step.enabled and not is_mixing(step.op),",
        "tests/inspect/test_sweeps.py::test_without_mixing_all_else_stays",
    ),
    Mutant(
        "inspect.chance is said",
        "augment/inspect/strength.py",
        "_SURE = 3.0",
        "_SURE = 0.5",
        "tests/inspect/test_strength.py::test_what_chance_may_have_made_is_not_said",
    ),
    Mutant(
        "inspect.another deviation",
        "augment/inspect/draws.py",
        "(count * squares - total * total) / count**2",
        "(count * squares - total * total) / (count * max(count - 1, 1))",
        "tests/inspect/test_draws.py::test_black_half_of_the_time_and_white_the_other",
    ),
    Mutant(
        "inspect.every value is the present one",
        "augment/inspect/sweeps.py",
        "(value,), value == present)",
        "(value,), True)",
        "tests/inspect/test_sweeps.py::test_one_is_what_the_grid_shows",
    ),
    Mutant(
        "plan.partners of partners left out",
        "augment/engine/plan.py",
        "until[partner] = max(until.get(partner, needed[partner]), needed[partner])",
        "pass",
        "tests/inspect/test_subject.py::test_is_the_row_of_the_batch",
    ),
    Mutant(
        "samples.any number of classes",
        "augment/engine/samples.py",
        "if classes > MAX_CLASSES:",
        "if classes > 2 * MAX_CLASSES:",
        "tests/engine/test_samples.py::test_one_wrong_class_number_takes_no_memory",
    ),
    Mutant(
        "export.always seed 7",
        "augment/export/with_augment.py",
        "seed=str(arrays.read_seed(seed))",
        'seed="7"',
        "tests/cli/test_export.py::test_the_seed_is_that_of_the_script",
    ),
    Mutant(
        "export.a disabled step",
        "augment/export/with_keras_cv.py",
        "if not step.enabled:",
        "if False:",
        "tests/export/test_export.py::test_a_step_that_is_off_is_a_comment",
    ),
    Mutant(
        "export.a number that only raises the contrast",
        "augment/export/with_keras.py",
        '{"factor": (params["factor"],) * 2}',
        '{"factor": params["factor"]}',
        "tests/export/test_with_keras.py::test_what_is_alike_has_the_distributions_of_this_package",
    ),
    Mutant(
        "export.keras flips half of those of the rate",
        "augment/export/with_keras.py",
        "min(2.0 * params[",
        "min(1.0 * params[",
        "tests/export/test_with_keras.py::test_what_is_alike_has_the_distributions_of_this_package",
    ),
    Mutant(
        "export.keras forgets the classes",
        "augment/export/with_keras.py",
        "            chosen &= tf.reduce_any(is_one, axis=-1)",
        "            pass",
        "tests/export/test_with_keras.py::test_what_keras_cannot_say_is_done_all_the_same",
    ),
    Mutant(
        "export.a claim without its comment",
        "augment/export/with_keras.py",
        "if layer.differs:",
        "if False:",
        "tests/export/test_with_keras.py::test_an_op_has_its_layer_or_a_comment",
    ),
    Mutant(
        "export.torchvision does all steps alone",
        "augment/export/with_torchvision.py",
        "(at for at, step in enumerate(steps) if step.whole_batch), len(steps))",
        "(at for at, step in enumerate(steps) if step.whole_batch and at > 9), len(steps))",
        "tests/export/test_with_torchvision.py::test_what_comes_after_a_mix_is_done_to_the_batch",
    ),
    Mutant(
        "export.the table forgets a library",
        "augment/export/reference.py",
        '"torchvision v2": with_torchvision.COUNTERPARTS,',
        "",
        "tests/cli/test_ops.py::test_the_page_in_the_docs_is_what_the_command_prints",
    ),
    Mutant(
        "export.half turns for degrees",
        "augment/export/with_albumentations.py",
        'given.range("turn", 360.0)',
        'given.range("turn", 180.0)',
        "tests/export/test_with_albumentations.py::test_the_units_are_those_of_the_library",
    ),
    Mutant(
        "export.a probability weighs a choice",
        "augment/export/with_albumentations.py",
        "_listed(given.children, certain=True)",
        "_listed(given.children)",
        "tests/export/test_with_albumentations.py::test_a_probability_in_a_choice_is_no_weight",
    ),
    Mutant(
        "export.what a OneOf chose happens only now and then",
        "augment/export/from_albumentations.py",
        "self._transform(each, at, forced=True, rate=1.0)",
        "self._transform(each, at, forced=False, rate=1.0)",
        "tests/export/test_from_albumentations.py::test_choices_orders_and_sequences",
    ),
    Mutant(
        "export.anybody's class is the library's",
        "augment/export/from_albumentations.py",
        'if package and package.partition(".")[0] != "albumentations":',
        "if False:",
        "tests/export/test_from_albumentations.py"
        "::test_the_class_of_somebody_is_not_taken_for_one_of_the_library",
    ),
    Mutant(
        "export.what is left out is not said",
        "augment/export/from_albumentations.py",
        'self.remark(f"left out: {why}.")',
        "pass",
        "tests/export/test_from_albumentations.py",
    ),
    Mutant(
        "pages.the remarks on a pipeline are not shown",
        "pages/components/recipe/share.py",
        "workbench.load(imported.recipe, imported.remarks)",
        "workbench.load(imported.recipe)",
        "tests/pages/recipe/test_share.py::test_a_pipeline_of_albumentations_is_loaded_with_its_remarks",
    ),
    Mutant(
        "export.lists in another order",
        "augment/export/source.py",
        "pprint.pformat(value,",
        "pprint.pformat(sorted(value) if isinstance(value, list) else value,",
        "tests/export/test_export_shown.py::test_pictures_of_ones_own_come_out_to_the_same_bytes",
    ),
    Mutant(
        "splits.a tenth of train",
        "augment/data/splits.py",
        "SHARE_OF_TRAIN = 0.2",
        "SHARE_OF_TRAIN = 0.1",
        "tests/data/test_splits.py",
    ),
    Mutant(
        "splits.test is trained on",
        "augment/data/splits.py",
        "[parts[TRAIN], parts[VALIDATION]]",
        "[parts[TRAIN], parts[TEST]]",
        "tests/data/test_splits.py",
    ),
    Mutant(
        "splits.shares rounded down",
        "augment/data/splits.py",
        "* share + 0.5)",
        "* share)",
        "tests/data/test_splits.py",
    ),
    Mutant(
        "splits.by the order of rows",
        "augment/data/splits.py",
        "order = np.lexsort((ids, groups))",
        "order = np.lexsort((rows, groups))",
        "tests/data/test_splits.py",
    ),
    Mutant(
        "faults.conflicts do not come first",
        "pages/components/data/faults.py",
        "    if conflicts:\n        pairs",
        "    if not conflicts:\n        pairs",
        "tests/pages/data/test_faults.py",
    ),
    Mutant(
        "registry.two sets have one title",
        "augment/data/registry.py",
        "if len(set(marks.values())) == len(same):",
        "if marks:",
        "tests/data/test_registry.py",
    ),
    Mutant(
        "splits.one picture of a conflict stays",
        "augment/data/splits.py",
        "np.asarray(lowest[group] != highest[group])",
        "np.asarray((lowest[group] != highest[group]) & (labels != lowest[group]))",
        "tests/data/test_splits.py",
    ),
    Mutant(
        "splits.of equal pictures that in train stays",
        "augment/data/splits.py",
        "order = [TEST, VALIDATION, TRAIN,",
        "order = [TRAIN, VALIDATION, TEST,",
        "tests/data/test_splits.py",
    ),
    Mutant(
        "groups.old groups get another id",
        "augment/runs/groups.py",
        'if fields["leave_out"] == NOTHING:',
        'if fields["leave_out"] != NOTHING:',
        "tests/runs/test_groups.py",
    ),
    Mutant(
        "splits.groups of two classes anywhere",
        "augment/data/splits.py",
        "turn = turn[agrees[turn]]",
        "turn = turn[:]",
        "tests/data/test_splits.py",
    ),
    Mutant(
        "batches.by rows",
        "augment/data/batches.py",
        "rng.streams(seed, epoch, ids)",
        "rng.streams(seed, epoch, np.arange(len(ids)))",
        "tests/data/test_batches.py",
    ),
    Mutant(
        "batches.chosen by rows",
        "augment/data/batches.py",
        "rng.streams(arrays.read_seed(seed), 0, ids)",
        "rng.streams(arrays.read_seed(seed), 0, np.arange(len(ids)))",
        "tests/data/test_batches.py",
    ),
    Mutant(
        "batches.the same pictures repeated in every epoch",
        "augment/data/batches.py",
        "rng.streams(arrays.read_seed(seed), arrays.read_epoch(epoch), ids)",
        "rng.streams(arrays.read_seed(seed), 0, ids)",
        "tests/data/test_batches.py",
    ),
    Mutant(
        "batches.copies are one sample",
        "augment/data/batches.py",
        "np.where(copies == 0, ids,",
        "np.where(copies >= 0, ids,",
        "tests/data/test_batches.py",
    ),
    Mutant(
        "batches.weights of all classes, also missing ones",
        "augment/data/batches.py",
        "present * counts, out=weights",
        "class_count * counts, out=weights",
        "tests/data/test_batches.py",
    ),
    Mutant(
        "duplicates.near-duplicates of few pixels",
        "augment/data/duplicates.py",
        "LEAST_SIDE = 16",
        "LEAST_SIDE = 8",
        "tests/data/sources/test_digits.py",
    ),
    Mutant(
        "digits.a form in two splits",
        "augment/data/sources/digits.py",
        "TRAIN: range(1029), VALIDATION: range(1029, 1415)",
        "TRAIN: range(1, 1030), VALIDATION: range(1030, 1416)",
        "tests/data/sources/test_digits.py",
    ),
    Mutant(
        "duplicates.a crowd from 4 others on",
        "augment/data/duplicates.py",
        "CROWD, LEAST_IN_CROWD = 3, 0.99",
        "CROWD, LEAST_IN_CROWD = 4, 0.99",
        "tests/data/test_duplicates.py",
    ),
    Mutant(
        "duplicates.copies in a crowd agree less",
        "augment/data/duplicates.py",
        "CROWD, LEAST_IN_CROWD = 3, 0.99",
        "CROWD, LEAST_IN_CROWD = 3, 0.96",
        "tests/data/test_duplicates.py",
    ),
    Mutant(
        "duplicates.crowds of candidates",
        "augment/data/duplicates.py",
        "np.bincount(pairs[good].ravel(), minlength=rows.size)",
        "np.bincount(pairs.ravel(), minlength=rows.size)",
        "tests/data/test_duplicates.py",
    ),
    Mutant(
        "duplicates.one bit less",
        "augment/data/duplicates.py",
        "(number > rest)",
        "(number >= rest)",
        "tests/data/test_duplicates.py",
    ),
    Mutant(
        "file_format.a journal with more pixels than lines",
        "augment/data/store/file_format.py",
        "sum(not line.problem for line in self.lines) * picture_bytes",
        "len(self.lines) * picture_bytes",
        "tests/data/store/test_file_format.py",
    ),
    Mutant(
        "file_format.a journal of another job",
        "augment/data/store/file_format.py",
        "if file.readline() != head:",
        "if not file.readline():",
        "tests/data/store/test_file_format.py",
    ),
    Mutant(
        "file_format.a newer format is damage",
        "augment/data/store/file_format.py",
        'if index.get("format", 0) > FORMAT:',
        "if False:",
        "tests/data/store/test_file_format.py::test_a_set_of_a_newer_program_is_refused_and_left_alone",
    ),
    Mutant(
        "build.a newer set is replaced",
        "augment/data/store/build.py",
        "except NewerFormat:",
        "except ZeroDivisionError:",
        "tests/data/store/test_file_format.py::test_a_set_of_a_newer_program_is_refused_and_left_alone",
    ),
    Mutant(
        "file_format.files have other names",
        "augment/data/store/file_format.py",
        '"labels.npy", "ids.npy", "groups.npy"',
        '"classes.npy", "ids.npy", "groups.npy"',
        "tests/data/store/test_file_format.py::test_a_set_prepared_before_opens",
    ),
    Mutant(
        "file_format.checksums are not compared",
        "augment/data/store/file_format.py",
        "if digest.hexdigest() != checksum:",
        "if False:",
        "tests/data/store/test_inventory.py::test_one_changed_byte_is_found",
    ),
    Mutant(
        "background.a dead process is running",
        "augment/data/store/background.py",
        "and not files.is_held(place.lock):",
        "and False:",
        "tests/data/store/test_build.py::test_a_killed_process_is_resumed",
    ),
    Mutant(
        "background.notes are not read",
        "augment/data/store/background.py",
        "return _from_note(note) if note else None",
        "return None",
        "tests/data/store/test_background.py::test_stopping_while_it_starts_stops_it",
    ),
    Mutant(
        "build.a process with nothing to do leaves its note",
        "augment/data/store/build.py",
        'if read_note(self._place.progress).get("state") == "running":',
        "if False:",
        "tests/data/store/test_background.py::test_a_process_that_finds_the_set_prepared_leaves_no_note",
    ),
    Mutant(
        "registry.a source with a set is forgotten",
        "augment/data/registry.py",
        "if places(name, root):",
        "if False:",
        "tests/data/store/test_inventory.py::test_a_source_with_a_prepared_set_is_not_forgotten",
    ),
    Mutant(
        "member_names.every backslash separates",
        "augment/data/sources/member_names.py",
        "texts[raw] = _with_slashes(raw).decode(guess.encoding)",
        'texts[raw] = raw.decode(guess.encoding).replace("\\\\", "/")',
        "tests/data/sources/test_member_names.py::test_a_wrong_guess_merges_no_folders",
    ),
    Mutant(
        "encodings.two names may be the same",
        "augment/data/sources/encodings.py",
        "return found if len(set(found.values())) == len(found) else None",
        "return found",
        "tests/data/sources/test_encodings.py::test_two_names_that_would_be_the_same_are_not_read_like_that",
    ),
    Mutant(
        "by_folder.train alone is a split",
        "augment/data/sources/by_folder.py",
        "if related or len(alike) == len(beside):",
        "if True:",
        "tests/data/sources/test_by_folder.py::test_classes_whose_names_only_look_like_splits_stay_classes",
    ),
    Mutant(
        "by_table.the later label wins",
        "augment/data/sources/by_table.py",
        "if found.labels.setdefault(path, value) != value:",
        "if found.labels.setdefault(path, value) is None:",
        "tests/data/sources/test_by_table.py::test_tables_that_give_no_labels_are_refused_in_a_sentence",
    ),
    Mutant(
        "zip_file.files may overlap",
        "augment/data/sources/zip_file.py",
        "if packed > self._stat.st_size:",
        "if False:",
        "tests/data/sources/test_zip_file.py::test_members_that_share_their_bytes_are_refused",
    ),
    Mutant(
        "source.dev is a class",
        "augment/data/source.py",
        '    "dev": VALIDATION,\n',
        "",
        "tests/data/sources/test_layout.py::test_splits_under_any_of_their_names",
    ),
    Mutant(
        "build.5 % are too many",
        "augment/data/store/build.py",
        "if bad > total * MOST_BAD:",
        "if bad >= total * MOST_BAD:",
        "tests/data/store/test_build.py::test_five_in_a_hundred_may_be_bad_and_no_more",
    ),
    Mutant(
        "build.one more may be bad",
        "augment/data/store/build.py",
        "if bad > total * MOST_BAD:",
        "if bad > total * MOST_BAD + 1:",
        "tests/data/store/test_build.py::test_five_in_a_hundred_may_be_bad_and_no_more",
    ),
    Mutant(
        "cache.the time of a file does not count",
        "augment/data/store/cache.py",
        "stat.st_size, stat.st_mtime_ns)",
        "stat.st_size, 0)",
        "tests/data/store/test_prepared.py::test_a_set_that_changed_on_the_disk_is_opened_anew",
    ),
    Mutant(
        "cache.the size of a file does not count",
        "augment/data/store/cache.py",
        "stat.st_size, stat.st_mtime_ns)",
        "0, stat.st_mtime_ns)",
        "tests/data/store/test_prepared.py::test_damage_that_leaves_the_time_as_it_was_is_noticed_in_an_open_set",
    ),
    Mutant(
        "cache.an older set stays open",
        "augment/data/store/cache.py",
        "if one[0] == folder and one[1] != stamped]:",
        "if False]:",
        "tests/data/store/test_prepared.py::test_nothing_stays_in_memory_of_a_set_as_it_was_before",
    ),
    Mutant(
        "cache.a changed set stays open",
        "augment/data/store/cache.py",
        "return stamp(folder) == stamped",
        "return bool(stamp(folder))",
        "tests/data/store/test_prepared.py::test_nothing_stays_in_memory_of_a_set_as_it_was_before",
    ),
    Mutant(
        "prepared.checked only once",
        "augment/data/store/prepared.py",
        "_check(place, version, _stamp(place))",
        "_check(place, version, ())",
        "tests/data/store/test_prepared.py::test_a_set_that_was_checked_is_checked_again_when_it_changed",
    ),
    Mutant(
        "decode.eight pixels are too few",
        "augment/data/images/decode.py",
        "if min(size) < LEAST_SIDE:",
        "if min(size) <= LEAST_SIDE:",
        "tests/data/images/test_decode.py::test_eight_pixels_are_enough_and_seven_are_not",
    ),
    Mutant(
        "headers.half a png",
        "augment/data/images/headers.py",
        "zlib.crc32(view[start + 4 : end - 4]) != check:",
        "False:",
        "tests/data/images/test_decode.py::test_a_png_with_one_wrong_bit_is_refused",
    ),
    Mutant(
        "decode.smaller than needed",
        "augment/data/images/decode.py",
        "shrink = 1 if least_side is None else max(1, min(picture.size) // least_side)",
        "shrink = 1 if least_side is None else max(1, max(picture.size) // least_side)",
        "tests/data/images/test_decode.py::test_other_kinds_are_averaged_over_whole_numbers_of_pixels",
    ),
    Mutant(
        "jpeg.warnings dropped",
        "augment/data/images/jpeg.py",
        "min_height=height, strict=strict",
        "min_height=height, strict=False",
        "tests/data/images/test_jpeg.py::test_a_picture_that_is_damaged_inside_is_refused",
    ),
    Mutant(
        "jpeg.passes missing",
        "augment/data/images/jpeg.py",
        "if any(bit != 0 for component in self._lowest for bit in component):",
        "if False:",
        "tests/data/images/test_jpeg.py::test_a_progressive_picture_without_its_last_passes_is_refused",
    ),
    Mutant(
        "decode.a webp whose end is not needed",
        "augment/data/images/decode.py",
        'if kind == "WebP" and not webp.is_used_up(data):',
        "if False:",
        "tests/data/images/test_webp.py::test_nearly_all_lossy_pictures_with_other_bytes_inside_are_refused",
    ),
    Mutant(
        "heif.data missing",
        "augment/data/images/heif.py",
        "if start + offset + length > end:",
        "if False:",
        "tests/data/images/test_heif.py::test_missing_data_are_noticed",
    ),
    Mutant(
        "uploads.a picture twice",
        "augment/data/uploads.py",
        "if identity in names:",
        "if False:",
        "tests/data/test_uploads.py::test_duplicates_are_left_out",
    ),
    Mutant(
        "system.testing a lock holds it",
        "augment/system/files.py",
        "fcntl.LOCK_SH",
        "fcntl.LOCK_EX",
        "tests/system/test_files.py::test_callers_of_is_held_never_take_each_other_for_a_holder",
    ),
    Mutant(
        "system.a test of a lock takes it from others",
        "augment/system/files.py",
        "elif not is_held(path):",
        "elif False:",
        "tests/system/test_files.py::test_a_lock_that_is_only_tested_is_acquired",
    ),
    Mutant(
        "system.a zombie for each process",
        "augment/system/processes.py",
        "target=process.wait",
        "target=process.poll",
        "tests/system/test_processes.py::test_no_zombie_is_left_although_the_caller_never_waits",
    ),
    Mutant(
        "system.niceness within a session of its own",
        "augment/system/processes.py",
        "_set_niceness_of_session(process.pid, group)",
        "pass",
        "tests/system/test_processes.py::test_what_yields_leaves_the_core_to_others_and_still_gets_on",
    ),
    Mutant(
        "system.every process is in a session",
        "augment/system/processes.py",
        "int(text.split()[-1]) if text.strip() else 0",
        "int(text.split()[-1])",
        "tests/system/test_processes.py::test_a_process_is_started_from_one_that_is_in_no_session",
    ),
    Mutant(
        "queue.a page that is opened has an old list",
        "augment/runs/queue.py",
        " or self._began < since:",
        ":",
        "tests/runs/test_list_shared.py::test_a_page_that_is_opened_has_what_another_process_did_before",
    ),
    Mutant(
        "live.the page and a slider make the same twice",
        "pages/components/session/live.py",
        "is_known = of == self._of",
        "is_known = False",
        "tests/pages/session/test_live.py::test_what_the_page_and_a_slider_both_want_is_made_once",
    ),
    Mutant(
        "live.a failure is kept",
        "pages/components/session/live.py",
        "                    if self._frames is known:",
        "                    if self._frames is None:",
        "tests/pages/session/test_live.py::test_a_failure_is_tried_again",
    ),
    Mutant(
        "recipe_panel.a key asks the page alone",
        "pages/components/parts/recipe_panel/recipe_panel_settings.js",
        'if (frame) drag("move", step, name, now);',
        "",
        "tests/browser/test_live.py::test_a_released_slider_asks_for_its_own_pictures_first_and_the_page_does_without_them",
    ),
    Mutant(
        "pages.advice goes before pictures",
        "pages/components/session/turns.py",
        "(self._pictures or self._advice)",
        "(self._advice or self._pictures)",
        "tests/pages/session/test_turns.py",
    ),
    Mutant(
        "runs.reading starts the queue",
        "augment/runs/queue.py",
        "    runs.sort(",
        "    wake()\n    runs.sort(",
        "tests/runs/test_queue.py::test_reading_the_runs_starts_nothing_and_the_phase_says_what_would",
    ),
    Mutant(
        "runs.a scheduler without its lock",
        "augment/runs/queue.py",
        "pass_fds=[number]",
        "pass_fds=[]",
        "tests/runs/test_queue.py::test_a_submitted_run_has_a_scheduler_from_then_on",
    ),
    Mutant(
        "runs.a scheduler that never polls again",
        "augment/runs/scheduler.py",
        "held = files.acquire(queue.lock_path()) if _next(given_up) else None",
        "held = None",
        "tests/runs/test_queue.py::test_a_run_that_is_submitted_as_the_scheduler_ends_is_not_stranded",
    ),
    Mutant(
        "app.the web server leaves the queue alone",
        "app.py",
        ", runs.wake):",
        ",):",
        "tests/runs/test_faults.py::test_two_web_servers_start_one_queue_and_are_killed_without_a_trace",
    ),
    Mutant(
        "evaluation.ties by the last class",
        "augment/runs/evaluation.py",
        "before = np.arange(logs.shape[1]) < labels[:, None]",
        "before = np.arange(logs.shape[1]) > labels[:, None]",
        "tests/runs/test_evaluation.py",
    ),
    Mutant(
        "evaluation.a row of NaN predicts the first class",
        "augment/runs/evaluation.py",
        "np.where(np.isnan(logs).any(axis=1), -1, logs",
        "np.where(np.isnan(logs).any(axis=1), 0, logs",
        "tests/runs/test_evaluation.py",
    ),
    Mutant(
        "evaluation.bins that include their lower end",
        "augment/runs/evaluation.py",
        "np.ceil(confidence * _BINS).astype(np.int64) - 1",
        "np.floor(confidence * _BINS - 0.5).astype(np.int64)",
        "tests/runs/test_evaluation.py",
    ),
    Mutant(
        "evaluation.the mean over all classes",
        "augment/runs/evaluation.py",
        "_mean(correct[filled] / pictures[filled])",
        "_mean(correct / np.maximum(pictures, 1))",
        "tests/runs/test_evaluation.py",
    ),
    Mutant(
        "evaluation.smoothing that leaves out the class itself",
        "augment/runs/evaluation.py",
        "-(1 - smoothing) * true",
        "-true",
        "tests/runs/test_evaluation.py",
    ),
    Mutant(
        "evaluation.an interval around the share",
        "augment/runs/evaluation.py",
        "middle, scale = share + z * z / (2 * pictures), 1",
        "middle, scale = share, 1",
        "tests/runs/test_evaluation.py",
    ),
    Mutant(
        "evaluation.the confusion matrix is transposed",
        "augment/runs/evaluation.py",
        "predictions.labels[predicts] * classes + predictions.predicted[predicts]",
        "predictions.predicted[predicts] * classes + predictions.labels[predicts]",
        "tests/runs/test_evaluation.py",
    ),
    Mutant(
        "evaluation.an array as large as its header says",
        "augment/runs/evaluation.py",
        "if not size == info.file_size == info.compress_size <= most:",
        "if False:",
        "tests/runs/test_evaluation.py",
    ),
    Mutant(
        "evaluation.labels of no class",
        "augment/runs/evaluation.py",
        "if len(labels) and not 0 <= labels.min() <= labels.max() < classes:",
        "if False:",
        "tests/runs/test_evaluation.py",
    ),
    Mutant(
        "evaluation.earlier looks at the test split are forgotten",
        "augment/runs/evaluation.py",
        '"evaluated_at": [*earlier, folders.now()]',
        '"evaluated_at": [folders.now()]',
        "tests/runs/test_evaluation.py",
    ),
    Mutant(
        "helper.a short request waits for a long one",
        "augment/helper.py",
        "job = (self._line or self._long)[0]",
        "job = (self._long or self._line)[0]",
        "tests/test_helper.py::test_thirty_people_are_served_while_a_long_request_is_under_way",
    ),
    Mutant(
        "helper.a request goes on in a process that has not begun it",
        "augment/helper.py",
        "if job._begun_in and not (is_alive and job._begun_in is self._process):",
        "if False:",
        "tests/test_helper.py::test_a_long_request_whose_process_is_crashed_by_another_says_so",
    ),
    Mutant(
        "helper.a missing package ends a process with a long request",
        "augment/helper.py",
        'if kind == "broken" and not self._aside:',
        'if kind == "broken":',
        "tests/test_helper.py::test_a_package_that_is_missing_costs_a_long_request_nothing",
    ),
    Mutant(
        "predicting.the head is one product",
        "augment/train/predicting.py",
        "np.matmul(features[:, np.newaxis], kernel)[:, 0] + bias",
        "features @ kernel + bias",
        "tests/train/test_predicting.py",
    ),
    Mutant(
        "testing.the code in a model file is run",
        "augment/train/testing.py",
        "safe_mode=True",
        "safe_mode=False",
        "tests/predict/test_models.py::test_a_file_that_is_no_model_of_the_run_is_one_sentence",
    ),
    Mutant(
        "predict.other classes than the model knows",
        "augment/predict/runs.py",
        "if known and now and known != now:",
        "if False:",
        "tests/predict/test_runs.py",
    ),
    Mutant(
        "predict.the features of another model",
        "augment/predict/nearest.py",
        'if str(arrays["stamp"]) != stamp or not',
        "if not",
        "tests/predict/test_nearest.py",
    ),
    Mutant(
        "tta.validation by the saved model",
        "augment/predict/tta.py",
        "    if split.name == VALIDATION:\n        trained",
        "    if split.name == TEST:\n        trained",
        "tests/predict/test_tta.py::test_validation_is_predicted_as_the_training_did",
    ),
    Mutant(
        "tta.a fold is learned from itself",
        "augment/predict/tta.py",
        "own[folds != fold]",
        "own[folds >= 0]",
        "tests/predict/test_tta.py::test_the_folds_follow_from_the_ids_and_a_fold_is_not_learned_from_itself",
    ),
    Mutant(
        "tta.weights are reported on validation",
        "augment/predict/tta.py",
        "np.array(weights))\n    yield from _add_all",
        "np.full(settings.views, 1.0))\n    yield from _add_all",
        "tests/predict/test_tta.py::test_the_result_counts_what_the_predictions_say",
    ),
    Mutant(
        "tta.repaired and broken are swapped",
        "augment/predict/tta.py",
        "(before & after, ~before & after, before & ~after,",
        "(before & after, before & ~after, ~before & after,",
        "tests/predict/test_tta.py::test_the_result_counts_what_the_predictions_say",
    ),
    Mutant(
        "tta.earlier looks at the test split are forgotten",
        "augment/predict/tta.py",
        "[*times, now] if",
        "[now] if",
        "tests/predict/test_tta.py::test_each_evaluation_on_test_is_recorded",
    ),
    Mutant(
        "tta.the newest result of test is removed",
        "augment/predict/tta.py",
        "[each for each in found if each.split == TEST][:1]",
        "[each for each in found if each.split == TEST][:0]",
        "tests/predict/test_tta.py::test_the_oldest_of_too_many_results_are_removed",
    ),
    Mutant(
        "tta.a result of an earlier model counts",
        "augment/predict/tta.py",
        "usable = [each for each in found if each.model == model]",
        "usable = list(found)",
        "tests/predict/test_tta.py::test_results_of_an_earlier_model_are_left_out",
    ),
    Mutant(
        "tta.the accuracy by views is that of all",
        "augment/predict/tta.py",
        "found = predicted_by(name, logs[:count])",
        "found = predicted_by(name, logs)",
        "tests/predict/test_tta.py::test_the_result_counts_what_the_predictions_say",
    ),
    Mutant(
        "testing.other pictures than it was trained with",
        "augment/train/testing.py",
        "and np.array_equal(known.ids, split.ids)",
        "and True",
        "tests/train/test_testing.py::test_a_run_that_cannot_be_tested",
    ),
    Mutant(
        "testing.a run that is not over",
        "augment/train/testing.py",
        "if not run.is_over:",
        "if False:",
        "tests/train/test_testing.py::test_a_run_that_cannot_be_tested",
    ),
    Mutant(
        "cli.the best classes alone",
        "augment/cli/results.py",
        "*rows[len(rows) - most :]]",
        "*rows[:most]]",
        "tests/cli/test_runs.py::test_the_best_and_the_worst_classes_or_all",
    ),
    Mutant(
        "runs.any format of a folder",
        "augment/runs/folders.py",
        'if spec["version"] != VERSION or',
        "if False and",
        "tests/runs/test_folders.py::test_a_format_that_is_not_known_is_refused",
    ),
    Mutant(
        "runs.data that a run reads are removed",
        "augment/runs/removal.py",
        "        if not run.is_over\n",
        "        if run.is_over\n",
        "tests/runs/test_removal.py",
    ),
    Mutant(
        "runs.a lost run is queued again",
        "augment/runs/run.py",
        "if written or problem or was_taken or not can_start:",
        "if problem or was_taken or not can_start:",
        "tests/runs/test_run.py",
    ),
    Mutant(
        "runs.cancelled in the queue is started",
        "augment/runs/run.py",
        "if files.exists(folder.cancel):",
        "if False:",
        "tests/runs/test_run.py",
    ),
    Mutant(
        "runs.last in first out",
        "augment/runs/queue.py",
        "(run.resumed or run.created or _EARLIEST, run.id))",
        "(run.resumed or run.created or _EARLIEST, run.id), reverse=True)",
        "tests/runs/test_run.py::test_the_queue_is_in_the_order_of_submission",
    ),
    Mutant(
        "runs.a kill is an exit code",
        "augment/runs/supervisor.py",
        "    if code < 0:\n",
        "    if code < -15:\n",
        "tests/runs/test_supervisor.py",
    ),
    Mutant(
        "runs.paths as ids",
        "augment/runs/folders.py",
        "if not _ID.fullmatch(run_id):",
        "if not _ID.match(run_id):",
        "tests/runs/test_folders.py",
    ),
    Mutant(
        "runs.a snapshot outlives its supervisor",
        "augment/runs/run.py",
        "if is_alive is known.is_alive and _stamps(folder) == stamps:",
        "if _stamps(folder) == stamps:",
        "tests/runs/test_run.py::test_what_changes_in_a_listed_run_is_seen_at_once",
    ),
    Mutant(
        "runs.a snapshot of a file that just changed",
        "augment/runs/run.py",
        "_SETTLED_NS = 100_000_000",
        "_SETTLED_NS = -(10**19)",
        "tests/runs/test_run.py",
    ),
    Mutant(
        "runs.half a row",
        "augment/runs/folders.py",
        '.split("\\n")[:-1]',
        '.split("\\n")',
        "tests/runs/test_folders.py",
    ),
    Mutant(
        "json_text.any depth",
        "augment/json_text.py",
        "    _check_depth(value)\n",
        "",
        "tests/test_json_text.py",
    ),
    Mutant(
        "json_text.the last of two entries counts",
        "augment/json_text.py",
        "if len(made) < len(pairs):",
        "if False:",
        "tests/test_json_text.py",
    ),
    Mutant(
        "spans.any number is drawn",
        "augment/engine/spans.py",
        "            and self.low <= value <= self.high\n",
        "",
        "tests/engine/test_spans.py",
    ),
    Mutant(
        "plan.more than a mix in its stage",
        "augment/engine/plan.py",
        "after.stage < before.stage + mixes",
        "after.stage < before.stage",
        "tests/engine/test_plan.py",
    ),
    Mutant(
        "runs.a time without a zone",
        "augment/runs/folders.py",
        "moment.astimezone(UTC) if moment and moment.tzinfo else None",
        "moment",
        "tests/runs/test_run.py",
    ),
    Mutant(
        "runs.any number in a table",
        "augment/runs/folders.py",
        "if is_right(number := float(text)):",
        "if (number := float(text)) is not None:",
        "tests/runs/test_run.py",
    ),
    Mutant(
        "runs.started on a full disk",
        "augment/runs/scheduler.py",
        "has_room = has_room and folders.has_room()",
        "has_room = True",
        "tests/runs/test_queue.py::test_queued_runs_wait_for_room_on_a_full_disk_and_then_start",
    ),
    Mutant(
        "runs.a quota is not tested",
        "augment/runs/folders.py",
        "probe.write_bytes(bytes(_PROBE_BYTES))",
        "pass",
        "tests/runs/test_queue.py::test_a_quota_is_full_although_the_disk_is_not",
    ),
    Mutant(
        "runs.a full disk ends a run that was not started",
        "augment/runs/supervisor.py",
        "if files.has_no_room(error) and",
        "if False and",
        "tests/runs/test_queue.py::test_a_supervisor_on_a_full_disk_leaves_its_run_in_the_queue",
    ),
    Mutant(
        "runs.no time for validation",
        "augment/runs/progress.py",
        "left += median_low(found)",
        "left += 0",
        "tests/runs/test_progress.py",
    ),
    Mutant(
        "runs.a resumed run overtakes those that wait",
        "augment/runs/queue.py",
        "(run.resumed or run.created or _EARLIEST, run.id))",
        "(run.created or _EARLIEST, run.id))",
        "tests/runs/test_resume.py",
    ),
    Mutant(
        "runs.resumed before it is recorded",
        "augment/runs/queue.py",
        "(folder.cancel, folder.stop, folder.progress, folder.state)",
        "(folder.state, folder.cancel, folder.stop, folder.progress)",
        "tests/runs/test_resume.py",
    ),
    Mutant(
        "runs.resumed by two at once",
        "augment/runs/queue.py",
        "    run = read(folder, holds_lock=True)\n    _check_can_resume(run)\n",
        "    run = read(folder, holds_lock=True)\n",
        "tests/runs/test_resume.py",
    ),
    Mutant(
        "runs.resumed on other pictures",
        "augment/runs/queue.py",
        "if checksum and checksum !=",
        "if False and checksum !=",
        "tests/runs/test_resume.py",
    ),
    Mutant(
        "runs.a scheduler trains in a slot that is taken",
        "augment/runs/slots.py",
        "if not files.is_held(_lock_path(slot))]",
        "]",
        "tests/runs/test_slots.py",
    ),
    Mutant(
        "runs.a supervisor does not keep its slot",
        "augment/runs/scheduler.py",
        "pass_fds=descriptors",
        "pass_fds=[]",
        "tests/runs/test_scheduler.py::test_thirty_submits_of_six_processes_are_each_trained_once_in_order_and_in_the_slots",
    ),
    Mutant(
        "runs.half a group",
        "augment/runs/folders.py",
        "    if files.exists(_complete()):\n        _move_complete()\n",
        "",
        "tests/runs/test_submit.py",
    ),
    Mutant(
        "runs.any number of queued runs",
        "augment/runs/queue.py",
        "if waits + more > limit:",
        "if waits > limit:",
        "tests/runs/test_submit.py::test_a_person_may_have_so_many_queued_runs",
    ),
    Mutant(
        "runs.another run of the same id",
        "augment/runs/queue.py",
        "    if other == config:\n",
        "    if other:\n",
        "tests/runs/test_submit.py",
    ),
    Mutant(
        "runs.a queued run is deleted",
        "augment/runs/queue.py",
        "    if not run.is_over:\n        raise RunError(\n",
        "    if False:\n        raise RunError(\n",
        "tests/runs/test_delete.py",
    ),
    Mutant(
        "runs.a half removed run comes back",
        "augment/runs/folders.py",
        "shutil.rmtree(path.rename(doomed), ignore_errors=True)",
        "shutil.rmtree(path, ignore_errors=True)",
        "tests/runs/test_delete.py::test_a_run_that_is_half_removed_does_not_come_back",
    ),
    Mutant(
        "runs.a session of its own outlives a supervisor",
        "augment/runs/supervisor.py",
        "            each.kill()\n    os.killpg",
        "            pass\n    os.killpg",
        "tests/runs/test_supervisor.py"
        "::test_a_killed_supervisor_takes_what_has_a_session_of_its_own_along",
    ),
    Mutant(
        "runs.half-written files stay",
        "augment/runs/folders.py",
        "for path in replaced))",
        "for path in ()))",
        "tests/runs/test_faults.py::test_a_supervisor_at_each_step_of_a_chain",
    ),
    Mutant(
        "runs.the reason of an earlier attempt",
        "augment/runs/supervisor.py",
        "lines = lines[beginning + 1 :]",
        "lines = lines[:]",
        "tests/runs/test_supervisor.py",
    ),
    Mutant(
        "runs.a run without a slot is followed by others",
        "augment/runs/supervisor.py",
        "if config is None or not trainer.slot or",
        "if config is None or",
        "tests/runs/test_supervisor.py::test_without_a_slot_a_supervisor_trains_its_run_alone",
    ),
    Mutant(
        "runs.no time to end",
        "augment/runs/supervisor.py",
        "                    if is_late:\n",
        "                    if True:\n",
        "tests/runs/test_supervisor.py::test_a_cancel_ends_what_ignores_sigterm_in_a_session_of_its_own",
    ),
    Mutant(
        "network.the optimiser of the run before",
        "augment/train/network.py",
        "(*self._initial.values(config.seed), *self._optimizer)",
        "self._initial.values(config.seed)",
        "tests/train/test_network.py",
    ),
    Mutant(
        "network.the weights of another seed",
        "augment/train/network.py",
        "    generator = random.Random(seed)",
        "    generator = random.Random(7)",
        "tests/train/test_network.py",
    ),
    Mutant(
        "record.the epoch of the table",
        "augment/train/record.py",
        "predictions.epoch or best_epoch",
        "best_epoch",
        "tests/train/test_record.py",
    ),
    Mutant(
        "checkpoint.a damaged state takes the place of the good one",
        "augment/train/checkpoint.py",
        "if path == folder.resume_from_before:",
        "if False:",
        "tests/train/test_checkpoint.py",
    ),
    Mutant(
        "checkpoint.the tables stay as they are",
        "augment/train/checkpoint.py",
        "_replace(table, state.tables[table.name])",
        "pass",
        "tests/train/test_checkpoint.py",
    ),
    Mutant(
        "checkpoint.the optimiser begins anew",
        "augment/train/checkpoint.py",
        "    yield from zip(model.optimizer.variables, state.optimizer, strict=True)\n",
        "",
        "tests/train/test_checkpoint.py",
    ),
    Mutant(
        "limits.half an epoch",
        "augment/engine/limits.py",
        "or (self.is_whole and value != int(value))",
        "or False",
        "tests/engine/test_limits.py",
    ),
    Mutant(
        "limits.no largest value",
        "augment/engine/limits.py",
        "not self.low <= value <= self.high",
        "not self.low <= value",
        "tests/engine/test_limits.py",
    ),
    Mutant(
        "models.the moving variance has Bessel's correction",
        "augment/models/fused_batch_norm.py",
        " * ((n - 1) / n)",
        "",
        "tests/models/test_fused_batch_norm.py::test_it_computes_what_keras_computes",
    ),
    Mutant(
        "models.a frozen normalisation uses the batch",
        "augment/models/fused_batch_norm.py",
        "if is_frozen or mask is not None",
        "if mask is not None",
        "tests/models/test_fused_batch_norm.py::test_it_computes_what_keras_computes",
    ),
    Mutant(
        "models.the kernel where there is no scale",
        "augment/models/fused_batch_norm.py",
        "            and self.scale\n",
        "",
        "tests/models/test_fused_batch_norm.py::test_what_the_kernel_does_not_do_is_left_to_keras",
    ),
    Mutant(
        "models.a checkpoint has the weights of the first",
        "augment/models/fused_batch_norm.py",
        "            self._copy.set_weights(self._model.get_weights())\n",
        "            pass\n",
        "tests/models/test_fused_batch_norm.py::test_a_checkpoint_has_no_class_of_ours_and_the_weights_of_the_moment",
    ),
    Mutant(
        "models.any file is the public one",
        "augment/models/weights.py",
        "        if _md5(draft) != file.md5:\n",
        "        if False:\n",
        "tests/models/test_weights.py::test_a_failed_download_says_what_to_do",
    ),
    Mutant(
        "models.a damaged file in the cache is used",
        "augment/models/weights.py",
        "if known.is_file() and _md5(known) == file.md5:",
        "if known.is_file():",
        "tests/models/test_weights.py::test_a_public_file_is_downloaded_once",
    ),
    Mutant(
        "models.batch normalisation is not frozen",
        "augment/models/weights.py",
        "layer.trainable = is_trained and not frozen",
        "layer.trainable = is_trained",
        "tests/models/test_weights.py::test_the_layers_that_are_trained",
    ),
    Mutant(
        "models.layers that are not in the file stay random",
        "augment/models/weights.py",
        "if any(np.isnan(values).all() for values in layer.get_weights()):",
        "if False:",
        "tests/models/test_weights.py::test_weights_of_another_model_are_an_error",
    ),
    Mutant(
        "train.the last pictures are not evaluated",
        "augment/train/predicting.py",
        "for start in range(0, len(images), self.batch_size):",
        "for start in range(0, len(images) - self.batch_size + 1, self.batch_size):",
        "tests/train/test_predicting.py",
    ),
    Mutant(
        "train.best by accuracy alone",
        "augment/train/record.py",
        "return (-accuracy, loss if math.isfinite(loss) else math.inf, epoch)",
        "return (-accuracy, 0.0, epoch)",
        "tests/train/test_record.py::test_the_best_epoch_is_a_function_of_the_figures",
    ),
    Mutant(
        "train.best by the higher loss",
        "augment/train/record.py",
        "return (-accuracy, loss if",
        "return (-accuracy, -loss if",
        "tests/train/test_record.py::test_of_epochs_of_one_accuracy_the_first_of_the_lowest_loss_is_saved",
    ),
    Mutant(
        "compare.a run that did not succeed counts",
        "augment/compare/groups.py",
        "if run.state != SUCCEEDED:",
        "if run.state == 'nothing':",
        "tests/compare/test_groups.py",
    ),
    Mutant(
        "compare.the first of two runs with one seed counts",
        "augment/compare/groups.py",
        "        counting[of_run.seed] = run",
        "        counting.setdefault(of_run.seed, run)",
        "tests/compare/test_groups.py::test_of_two_runs_with_one_seed_the_last_to_end_counts",
    ),
    Mutant(
        "compare.a group of different configurations",
        "augment/compare/groups.py",
        "if run.seed_group != base.seed_group:",
        "if False:",
        "tests/compare/test_groups.py",
    ),
    Mutant(
        "compare.pictures in the order of the file",
        "augment/compare/predictions.py",
        'order = np.argsort(predictions.ids, kind="stable")',
        "order = np.arange(len(predictions.ids))",
        "tests/compare/test_predictions.py",
    ),
    Mutant(
        "compare.labels that differ are not noticed",
        "augment/compare/predictions.py",
        "if not all(np.array_equal(row.labels, labels) for row in cut):",
        "if False:",
        "tests/compare/test_predictions.py",
    ),
    Mutant(
        "compare.half of the seeds are a majority",
        "augment/compare/comparison.py",
        "np.sign(2 * right.sum(axis=0) - len(right))",
        "np.sign(2 * right.sum(axis=0) - len(right) + 1)",
        "tests/compare/test_comparison.py",
    ),
    Mutant(
        "compare.the confusion is summed over the seeds",
        "augment/compare/comparison.py",
        "return counts / len(predictions.seeds)",
        "return counts / 1.0",
        "tests/compare/test_comparison.py",
    ),
    Mutant(
        "compare.a cell counts seeds instead of shares",
        "augment/compare/comparison.py",
        "moved = second * len(one.seeds) - first * len(other.seeds)",
        "moved = second - first",
        "tests/compare/test_comparison.py",
    ),
    Mutant(
        "compare.groups of other seeds are paired",
        "augment/compare/comparison.py",
        "paired = one.seeds == other.seeds",
        "paired = len(one.seeds) > 0",
        "tests/compare/test_comparison.py",
    ),
    Mutant(
        "compare.a step that moved is a new one",
        "augment/compare/settings.py",
        "        lambda old, new: True,\n",
        "        lambda old, new: False,\n",
        "tests/compare/test_settings.py",
    ),
    Mutant(
        "compare.a step is found wherever it is",
        "augment/compare/settings.py",
        "lambda old, new: _is_in_the_same(old, new, found),",
        "lambda old, new: False,",
        "tests/compare/test_settings.py",
    ),
    Mutant(
        "compare.a flip in no direction has happened",
        "augment/compare/hard_steps.py",
        "return not chosen or any(chosen)",
        "return True",
        "tests/compare/test_hard_steps.py",
    ),
    Mutant(
        "compare.a step for some classes is compared with all",
        "augment/compare/hard_steps.py",
        "np.flatnonzero(eligible & ~happened)",
        "np.flatnonzero(~happened)",
        "tests/compare/test_hard_steps.py",
    ),
    Mutant(
        "train.a copy is drawn as the first",
        "augment/train/epoch_batches.py",
        "return epoch - 1 + MOST_EPOCHS * chosen.copies",
        "return epoch - 1 + 0 * chosen.copies",
        "tests/train/test_epoch_batches.py::test_each_copy_of_an_oversampled_picture_is_drawn_anew",
    ),
    Mutant(
        "train.a head epoch leaves pictures out",
        "augment/train/epoch_batches.py",
        "if epoch <= head_epochs(config) and",
        "if epoch < 0 and",
        "tests/train/test_epoch_batches.py",
    ),
    Mutant(
        "train.the head ends a run before its body",
        "augment/train/record.py",
        "best = max(best_epoch(self._figures), first)",
        "best = best_epoch(self._figures)",
        "tests/train/test_record.py::test_a_run_is_over_when_its_validation_has_not_improved_for_long",
    ),
    Mutant(
        "train.decay of all variables",
        "augment/train/network.py",
        'if v.name != "kernel"',
        'if v.name == ""',
        "tests/train/test_network.py",
    ),
    Mutant(
        "train.the last step is not written",
        "augment/train/record.py",
        "if first or last or now",
        "if first or now",
        "tests/train/test_record.py",
    ),
    Mutant(
        "cli.a refused command exits with 1",
        "augment/cli/__init__.py",
        "output.error(str(error))\n        return 2",
        "output.error(str(error))\n        return 1",
        "tests/cli/test_main.py::test_a_wrong_command_line_is_refused",
    ),
    Mutant(
        "cli.preview with seed 7",
        "augment/cli/preview.py",
        "seed=options.seed, epoch=",
        "seed=7, epoch=",
        "tests/cli/test_preview.py::test_another_seed_gives_another_sheet_and_the_same_seed_the_same",
    ),
    Mutant(
        "cli.preview shows other pictures than Explore",
        "augment/cli/preview.py",
        "rows = samples.rows_by_class(split.labels, classes=classes, count=options.count)",
        "rows = samples.rows_by_class(split.labels * 0, classes=classes, count=options.count)",
        "tests/pages/recipe/test_share.py::test_the_grid_is_the_file_that_preview_writes",
    ),
    Mutant(
        "compare.a field has another name than documented",
        "augment/compare/comparison.py",
        '"paired_by_seed": found',
        '"paired": found',
        "tests/cli/test_documented.py::test_the_documents_have_the_documented_fields",
    ),
    Mutant(
        "cli.numbers that JSON does not have",
        "augment/cli/output.py",
        "if isinstance(value, float) and not math.isfinite(value):",
        "if False:",
        "tests/cli/test_runs.py::test_a_number_that_is_not_finite_is_null_in_a_document",
    ),
    Mutant(
        "sheet.mixed label without small shares",
        "augment/inspect/sheet.py",
        "SMALLEST_SHARE = 0.005",
        "_SMALLEST_SHARE = 0.05",
        "tests/inspect/test_sheet.py",
    ),
    Mutant(
        "sheet.mixed label with shares of 0 %",
        "augment/inspect/sheet.py",
        "SMALLEST_SHARE = 0.005",
        "SMALLEST_SHARE = 0.0",
        "tests/inspect/test_sheet.py",
    ),
    Mutant(
        "live.a token outlives its session",
        "pages/components/session/live.py",
        "_sessions: WeakValueDictionary[str, Session] = WeakValueDictionary()",
        "_sessions: dict[str, Session] = {}",
        "tests/pages/session/test_live.py::test_a_token_ends_with_its_session",
    ),
    Mutant(
        "live.a frame is begun while a page is made",
        "pages/components/session/live.py",
        "if ready and not self._pages:",
        "if ready:",
        "tests/pages/session/test_live.py::test_while_a_page_is_made_a_frame_is_dropped",
    ),
    Mutant(
        "live.who asked first is first",
        "pages/components/session/live.py",
        "min(ready, key=lambda job: job.session.served), False",
        "ready[0], False",
        "tests/pages/session/test_live.py::test_people_have_turns",
    ),
    Mutant(
        "live.one person takes a whole core",
        "pages/components/session/live.py",
        "session.served + used / CORE_SHARE",
        "session.served + used",
        "tests/pages/session/test_live.py::test_one_person_has_half_a_core",
    ),
    Mutant(
        "live.a sheet is sent again",
        "pages/components/session/live.py",
        'if side["digest"] in sheets:',
        'if side["digest"] in ():',
        "tests/pages/session/test_live.py::test_a_frame_is_that_of_the_page_and_a_sheet_is_sent_once",
    ),
    Mutant(
        "live.any field of a step can be changed",
        "pages/components/session/live.py",
        'if step is None or name not in (*step.params, "probability", "enabled"):',
        "if step is None:",
        "tests/pages/session/test_live.py::test_a_value_that_is_refused_is_answered_with_the_reason",
    ),
    Mutant(
        "sweep.the values are those of another recipe",
        "pages/components/views/sweep.py",
        "        axes = _axes(recipe)\n        if",
        "        if",
        "tests/pages/session/test_live.py::test_the_last_frame_of_a_drag_is_what_the_page_shows_after_it",
    ),
    Mutant(
        "pages.tile of another partner",
        "pages/components/pictures/tile.py",
        "others[partner])",
        "others[partner - 1])",
        "tests/pages/pictures/test_tile.py::test_the_details_name_the_picture_that_was_mixed_in",
    ),
    Mutant(
        "pages.tile replaced by another class and not said",
        "pages/components/pictures/tile.py",
        "or (own is not None and not found[0].is_own)",
        "",
        "tests/pages/pictures/test_tile.py::test_a_picture_that_became_another_one_says_so",
    ),
    Mutant(
        "pages.badges on the pictures of another frame",
        "pages/components/parts/image_grid/image_grid_tiles.js",
        "header && badges?.digest === header.digest ?",
        "header && badges ?",
        "tests/browser/test_image_grid.py::test_badges_are_on_the_frame_that_they_are_about",
    ),
    Mutant(
        "advice.a badge on every tile",
        "augment/advice/pictures.py",
        "        if unread[n]\n",
        "        if not lost[n]\n",
        "tests/advice/test_pictures.py::test_blank_and_unreadable_pictures_count_together",
    ),
    Mutant(
        "not_for_classes.a step is kept from all but the hurt classes",
        "pages/components/compare/not_for_classes.py",
        "if label not in set(hurt)",
        "if label in set(hurt)",
        "tests/pages/compare/test_not_for_classes.py",
    ),
    Mutant(
        "pictures.broken and repaired are swapped",
        "pages/components/compare/pictures.py",
        "{REPAIRED: found.repaired, BROKEN: found.broken}",
        "{REPAIRED: found.broken, BROKEN: found.repaired}",
        "tests/pages/test_compare.py::test_pictures_that_changed",
    ),
    Mutant(
        "choice.runs of two groups pass for one",
        "pages/components/compare/choice.py",
        "len({run.seed_group for run in usable}) > 1",
        "len({run.seed_group for run in usable}) > 2",
        "tests/pages/compare/test_choice.py",
    ),
    Mutant(
        "classes.single classes are shown on validation",
        "pages/components/compare/classes.py",
        "if found.split == VALIDATION:",
        "if found.split != VALIDATION:",
        "tests/pages/test_compare.py",
    ),
    Mutant(
        "hard_steps.one side's error is left out of what an op adds",
        "augment/compare/hard_steps.py",
        "math.hypot(happened.error, otherwise.error)",
        "math.hypot(happened.error, happened.error)",
        "tests/compare/test_hard_steps.py",
    ),
    Mutant(
        "replay.another batch is shown",
        "pages/components/runs/replay.py",
        "batches.pictures(epoch, batch - 1, first)",
        "batches.pictures(epoch, batch % batches.steps(epoch), first)",
        "tests/pages/runs/test_saved.py::test_a_batch_is_replayed_byte_for_byte",
    ),
    Mutant(
        "train.a part of a batch has the pictures of its start as partners",
        "augment/train/epoch_batches.py",
        "read, places = chosen.rows[sources], np.asarray(kept)",
        "read, places = chosen.rows[: len(sources)], np.asarray(kept)",
        "tests/train/test_epoch_batches.py::test_a_batch_has_the_bytes_that_the_engine_makes_of_its_rows",
    ),
    Mutant(
        "predicted.pictures of all confusions of a class",
        "pages/components/runs/predicted.py",
        "(self.labels == label) & (self.predicted == predicted)",
        "(self.labels == label) & (self.predicted != label)",
        "tests/pages/runs/test_saved.py::test_a_confused_pair_opens_its_pictures",
    ),
    Mutant(
        "predicted.other classes are not noticed",
        "pages/components/runs/predicted.py",
        "found.labels.argmax(axis=1), result.pictures.labels[rows]",
        "found.labels.argmax(axis=1), found.labels.argmax(axis=1)",
        "tests/pages/runs/test_saved.py::test_of_other_data_the_figures_are_shown_and_a_sentence_for_the_pictures",
    ),
    Mutant(
        "saved.guessing has one try at five",
        "pages/components/runs/saved.py",
        '(5 if name == "top5" else 1)',
        "1",
        "tests/pages/runs/test_saved.py::test_a_result_says_what_guessing_gives_and_how_far_it_can_be_trusted",
    ),
    Mutant(
        "axes.an axis begins at 0 only if a value is there",
        "pages/components/runs/axes.py",
        "if low < _NEAR_0 * high:",
        "if low < 0.0:",
        "tests/pages/runs/test_axes.py",
    ),
    Mutant(
        "person.everybody may change every run",
        "pages/components/session/person.py",
        "return self.is_admin or bool(self.owner and self.owner == run.owner)",
        "return True",
        "tests/pages/session/test_person.py",
    ),
    Mutant(
        "person.a run without owner is everybody's",
        "pages/components/session/person.py",
        "bool(self.owner and self.owner == run.owner)",
        "self.owner == run.owner",
        "tests/pages/session/test_person.py::test_who_may_change_a_run",
    ),
    Mutant(
        "person.a server for all networks has only administrators",
        "pages/components/session/person.py",
        'hosts.is_loopback(st.get_option("server.address") or "") and browser_is_local()',
        "browser_is_local()",
        "tests/pages/session/test_person.py",
    ),
    Mutant(
        "owner.every file carries a token",
        "pages/components/session/owner.py",
        'return kind.startswith("text/html")',
        "return True",
        "tests/pages/session/test_owner.py",
    ),
    Mutant(
        "owner.the first session has another token",
        "pages/components/session/owner.py",
        'f"{COOKIE}={token}".encode()',
        'f"{COOKIE}={new_token()}".encode()',
        "tests/pages/session/test_owner.py",
    ),
    Mutant(
        "passcode.wrong ones are not counted",
        "pages/components/session/passcode.py",
        "self._wrong.append(self._clock())",
        "pass",
        "tests/pages/session/test_passcode.py",
    ),
    Mutant(
        "orders.a second click submits again",
        "pages/components/runs/orders.py",
        "if key not in ids or _are_over(ids[key]):",
        "if True:",
        "tests/pages/test_train.py",
    ),
    Mutant(
        "files.links are followed",
        "augment/system/files.py",
        "flags | os.O_NOFOLLOW",
        "flags",
        "tests/pages/runs/test_hostile_folder.py",
    ),
    Mutant(
        "cli.train a dry run queues",
        "augment/cli/train.py",
        "    if options.dry_run:\n        _show_dry_run",
        "    if options.dry_run:\n        runs.submit(config)\n        _show_dry_run",
        "tests/cli/test_train.py::test_a_dry_run_says_what_a_run_would_take_and_queues_none",
    ),
    Mutant(
        "cli.preview a link wins over an option",
        "augment/cli/preview.py",
        "if getattr(options, name) is None:",
        "if getattr(options, name) is None or name in linked:",
        "tests/pages/recipe/test_share.py::test_preview_takes_the_link_of_the_page",
    ),
    Mutant(
        "cli.compare the easiest step is first",
        "augment/cli/compare.py",
        'ops.sort(key=lambda op: -op["added"]["difference"]',
        'ops.sort(key=lambda op: op["added"]["difference"]',
        "tests/compare/test_hard_steps.py::test_the_command_has_the_figures_of_every_group",
    ),
    Mutant(
        "address.cut off",
        "augment/address.py",
        "if not unpacker.eof:",
        "if False:",
        "tests/test_address.py",
    ),
    Mutant(
        "address.unpacks too much",
        "augment/address.py",
        "if len(text) > MAX_BYTES:",
        "if False:",
        "tests/test_address.py",
    ),
    Mutant(
        "pages.workbench undoes the first address",
        "pages/components/session/workbench.py",
        "_replace(History(now=requested) if is_new else _history().moved(requested))",
        "_replace(_history().moved(requested))",
        "tests/pages/recipe/test_undo.py",
    ),
    Mutant(
        "pages.edit copies ids",
        "pages/components/recipe/edit.py",
        "_without_ids(steps[at])",
        "dict(steps[at])",
        "tests/pages/recipe/test_edit.py",
    ),
    Mutant(
        "pages.edit appends steps with the ids of the preset",
        "pages/components/recipe/edit.py",
        "[_without_ids(step.to_dict()) for step in other.steps]",
        "[step.to_dict() for step in other.steps]",
        "tests/pages/recipe/test_presets.py",
    ),
    Mutant(
        "inspect.thumbnails shows the first draw",
        "augment/inspect/thumbnails.py",
        "at = next((at for at in strongest if changes[at] >= CLEAR), strongest[-1])",
        "at = 0",
        "tests/inspect/test_thumbnails.py",
    ),
    Mutant(
        "ops.rot90 turns the other way",
        "augment/ops/spatial/rot90.py",
        "xy=-part, yx=part",
        "xy=part, yx=-part",
        "tests/ops/spatial/test_rot90.py",
    ),
    Mutant(
        "pages.edit counts a place before the first from the end",
        "pages/components/recipe/edit.py",
        "siblings.insert(max(index, 0), moved)",
        "siblings.insert(index, moved)",
        "tests/pages/recipe/test_edit.py",
    ),
    Mutant(
        "pages.workbench forgets the newest",
        "pages/components/session/workbench.py",
        "(*self.past, self.now)[-MOST_UNDONE:]",
        "(*self.past, self.now)[:MOST_UNDONE]",
        "tests/pages/session/test_workbench.py",
    ),
    Mutant(
        "pages.address_notes without repeats",
        "pages/components/session/address_notes.py",
        "if len(values) > 1 and not several:",
        "if False:",
        "tests/pages/session/test_address_notes.py",
    ),
    Mutant(
        "pages.data_choice forgets own pictures",
        "pages/components/pictures/data_choice.py",
        "    own = own and shows_own()",
        "    own = False",
        "tests/pages/pictures/test_own_pictures.py::test_they_stay_chosen_after_another_page",
    ),
    Mutant(
        "pages.data_choice shows own pictures for ever",
        "pages/components/pictures/data_choice.py",
        'if now["data"] != before["data"]:',
        "if False:",
        "tests/pages/pictures/test_own_pictures.py::test_data_that_are_chosen_on_another_page_are_shown_instead",
    ),
    Mutant(
        "pages.predict keeps the first upload in the line",
        "pages/components/predict/requests.py",
        "                request.job.cancel()",
        "                pass",
        "tests/pages/test_predict.py::test_a_second_upload_takes_the_place_of_the_first",
    ),
    Mutant(
        "pages.predict gives up where the line is full",
        "pages/components/predict/requests.py",
        "if time.monotonic() > self.began + _PATIENCE_S:",
        "if True:",
        "tests/pages/test_predict.py::test_ten_tabs_at_once_are_all_answered_also_where_the_line_is_shorter",
    ),
    Mutant(
        "pages.predict is always right",
        "pages/components/predict/answers.py",
        "elif own == one.predicted:",
        "elif own:",
        "tests/pages/test_predict.py::test_examples_are_right_or_wrong",
    ),
    Mutant(
        "pages.predict shows a camera that no browser allows",
        "pages/components/predict/pictures.py",
        'return parts.scheme == "https" or is_local',
        "return True",
        "tests/pages/test_predict.py::test_a_camera_needs_a_secure_context",
    ),
    Mutant(
        "pages.predict makes views by a recipe that mixes",
        "pages/components/predict/choice.py",
        "    if problem := views.why_not(recipe.steps):",
        '    if problem := "":',
        "tests/pages/test_predict.py::test_a_recipe_that_mixes_is_a_sentence_and_the_plain_answer",
    ),
    Mutant(
        "uploads.stretched pictures are cropped",
        "augment/data/uploads.py",
        "squares.fit(small, size, fit)",
        "squares.fit(small, size, 'crop')",
        "tests/data/test_uploads.py::test_a_stretched_picture_has_what_is_cut_off_of_the_middle_square",
    ),
    Mutant(
        "pages.data_choice forgets the size that was chosen for a set",
        "pages/components/pictures/data_choice.py",
        "state[_SIZES] = {**state.get(_SIZES, {}), source: size}",
        "state[_SIZES] = {source: size}",
        "tests/pages/pictures/test_data_choice.py::test_what_was_chosen_for_a_set_is_its_size_on_every_page",
    ),
    Mutant(
        "pages.data_choice lets a preset ask for a second preparation",
        "pages/components/pictures/data_choice.py",
        "return _costs_nothing(source) or not prepared or size in prepared",
        "return True",
        "tests/pages/test_train.py::test_a_preset_asks_for_no_second_preparation",
    ),
    Mutant(
        "pages.hosts are compared by their end",
        "pages/components/session/hosts.py",
        "name in self._names or",
        "name.endswith(tuple(self._names)) or",
        "tests/test_app.py::test_a_foreign_host_is_refused_everywhere",
    ),
    Mutant(
        "pages.hosts do not look at the origin",
        "pages/components/session/hosts.py",
        "for origin in origins if changes else []:",
        "for origin in []:",
        "tests/test_app.py::test_the_page_of_another_site_is_refused",
    ),
    Mutant(
        "pages.hosts are checked for pages only",
        "pages/components/session/hosts.py",
        'if scope["type"] in ("http", "websocket") else ""',
        'if scope["type"] == "http" else ""',
        "tests/test_app.py::test_the_page_of_another_site_is_refused",
    ),
    Mutant(
        "pages.text is escaped without a divider",
        "pages/components/session/text.py",
        '_DIVIDER = ":color[]"',
        '_DIVIDER = ""',
        "tests/pages/session/test_text.py::test_text_from_outside_is_shown_as_it_is",
    ),
    Mutant(
        "pages.the help of splits is not escaped",
        "pages/components/pictures/data_choice.py",
        "**{escaped(name)}**",
        "**{name}**",
        "tests/pages/pictures/test_data_choice.py::test_only_what_the_data_offer_can_be_chosen",
    ),
    Mutant(
        "pages.address_notes compares numbers as text",
        "pages/components/session/address_notes.py",
        "return _number(value) == shown",
        "return value == str(shown)",
        "tests/pages/session/test_address_notes.py",
    ),
    Mutant(
        "pages.panel shows turns as they are in the recipe",
        "pages/components/recipe/panel.py",
        '"factor": DEGREES_PER_TURN if param.unit == "turn" else 1,',
        '"factor": 1,',
        "tests/pages/recipe/test_panel.py::test_every_op_is_a_step_with_all_its_parameters",
    ),
    Mutant(
        "pages.panel applies an edit again that comes with a later one",
        "pages/components/recipe/panel.py",
        'if each["n"] > applied.get(instance, 0)]',
        "]",
        "tests/pages/recipe/test_panel.py::test_edits_are_applied_in_their_order_and_each_once",
    ),
    Mutant(
        "pages.panel applies edits of a panel that is gone",
        "pages/components/recipe/panel.py",
        "    if instance in applied and instance != next(reversed(applied)):",
        "    if False:",
        "tests/pages/recipe/test_panel.py::test_a_panel_whose_place_another_has_taken_changes_nothing",
    ),
    Mutant(
        "pages.panel applies an edit to a recipe that it was not made on",
        "pages/components/recipe/panel.py",
        'if each.get("version") != workbench.version():',
        "if False:",
        "tests/pages/recipe/test_panel.py::test_an_edit_of_another_recipe_changes_nothing",
    ),
    Mutant(
        "pages.panel applies again what the recipe of the address has already",
        "pages/components/recipe/panel.py",
        "    if _APPLIED not in st.session_state:",
        "    if False:",
        "tests/pages/recipe/test_panel.py::test_edits_that_outlived_their_session_are_not_applied_again",
    ),
    Mutant(
        "pages.address forgets what the browser was told",
        "pages/components/session/streamlit_internals.py",
        "if value != address.get(name) or value != told.get(name, value)",
        "if value != address.get(name)",
        "tests/browser/test_sliders.py::test_the_address_follows_changes_back_and_forth",
    ),
    Mutant(
        "pages.panel lets an edit rename a step",
        "pages/components/recipe/panel.py",
        "if name in step.params or name in _FIELDS:",
        "if True:",
        "tests/pages/recipe/test_panel.py::test_what_is_no_edit_is_ignored",
    ),
    Mutant(
        "models.a file of PyTorch may use any operation of pickles",
        "augment/models/torch_file.py",
        "if operation.name not in _OPERATIONS:",
        "if not operation.name:",
        "tests/models/test_torch_file.py",
    ),
    Mutant(
        "models.a tensor may lie outside of its storage",
        "augment/models/torch_file.py",
        "last >= len(storage) or ",
        "",
        "tests/models/test_torch_file.py",
    ),
    Mutant(
        "models.the file of weights may be another one",
        "augment/models/lite0.py",
        "hexdigest() != _SHA256",
        "hexdigest() == ''",
        "tests/models/test_lite0.py",
    ),
    Mutant(
        "models.pixels of lite0 are scaled by 255",
        "augment/models/lite0.py",
        "offset=-127 / 128",
        "offset=-128 / 128",
        "tests/models/test_lite0.py",
    ),
    Mutant(
        "train.the penalty does not fall with the number of pictures",
        "augment/train/head.py",
        "columns / (SCORE_DEVIATION**2 * rows)",
        "columns / SCORE_DEVIATION**2",
        "tests/train/test_head.py",
    ),
    Mutant(
        "forecast.a copied home is believed",
        "augment/train/forecast.py",
        'each for each in kept if each["machine"] == _machine()',
        "each for each in kept",
        "tests/train/test_forecast.py",
    ),
    Mutant(
        "forecast.refused on a guess",
        "augment/train/forecast.py",
        "if needed * expected.low > total:",
        "if needed > total:",
        "tests/train/test_forecast.py",
    ),
    Mutant(
        "forecast.memory is never refused",
        "augment/train/forecast.py",
        "if needed * expected.low > total:",
        "if False:",
        "tests/pages/test_train.py::test_what_cannot_fit_into_memory_is_refused_before_the_start",
    ),
    Mutant(
        "forecast.all epochs are validated",
        "augment/train/forecast.py",
        "times = sum(1 for epoch in validated if epoch > heads)",
        "times = bodies",
        "tests/train/test_forecast.py",
    ),
    Mutant(
        "machine.the limit of a container is not seen",
        "augment/system/machine.py",
        "total = min(total, limit)",
        "pass",
        "tests/system/test_machine.py",
    ),
    Mutant(
        "presets.a preset wins over what is explicit",
        "augment/runs/presets.py",
        "{**DEFAULTS, **(PRESETS[preset].values if preset else {}), **explicit}",
        "{**DEFAULTS, **explicit, **(PRESETS[preset].values if preset else {})}",
        "tests/cli/test_train.py",
    ),
    Mutant(
        "training_settings.a file of weights from an address",
        "pages/components/runs/training_settings.py",
        'if "choices" in item.metadata\n} | {"weights": (NONE, IMAGENET)}',
        'if "choices" in item.metadata\n} | {"weights": (NONE, IMAGENET, "/etc/passwd.h5")}',
        "tests/pages/test_train.py::test_bad_values_in_the_address_leave_a_form_that_works",
    ),
    Mutant(
        "training_settings.a preset leaves what was changed before",
        "pages/components/runs/training_settings.py",
        "    state[_PRESET] = state[key]\n    state[_CHANGED] = {}\n",
        "    state[_PRESET] = state[key]\n",
        "tests/pages/test_train.py",
    ),
    Mutant(
        "sweep.a cell gets all its seeds before the next",
        "augment/runs/sweep.py",
        "        for seed in range(config.seed, config.seed + seeds)\n"
        "        for cell, recipe, words in cells\n",
        "        for cell, recipe, words in cells\n"
        "        for seed in range(config.seed, config.seed + seeds)\n",
        "tests/runs/test_sweep.py::test_all_cells_with_the_first_seed_come_first",
    ),
    Mutant(
        "sweep.a run that was stopped early counts",
        "augment/runs/sweep.py",
        "run.state != SUCCEEDED or run.stopped_early:",
        "run.state != SUCCEEDED:",
        "tests/runs/test_sweep.py::test_a_sweep_is_read_from_its_runs",
    ),
    Mutant(
        "sweep.the best of many is compared as one of two",
        "augment/runs/sweep.py",
        "return _studentized(round(difference / error, 3), compared, self.freedom)",
        "return _studentized(round(difference / error, 3), 2, self.freedom)",
        "tests/runs/test_sweep.py::test_equal_cells_have_a_winner_as_seldom_as_promised",
    ),
    Mutant(
        "sweep.patience ends cells early",
        "augment/runs/sweep.py",
        "    if config.patience:\n",
        "    if False:\n",
        "tests/runs/test_sweep.py::test_what_cannot_be_swept",
    ),
    Mutant(
        "difference.seeds add nothing",
        "augment/compare/difference.py",
        "of_seeds=of_seeds,",
        "of_seeds=0.0,",
        "tests/compare/test_difference.py",
    ),
    Mutant(
        "difference.noise counted twice",
        "augment/compare/difference.py",
        "noise=max(noise, 0.0) / pictures",
        "noise=0.0",
        "tests/compare/test_difference.py",
    ),
    Mutant(
        "per_class.no correction for looking at many classes",
        "augment/compare/per_class.py",
        "false_discovery_control(chances) if chances else []",
        "chances",
        "tests/compare/test_per_class.py",
    ),
    Mutant(
        "web_page.names of classes are HTML",
        "augment/model_export/web_page/script.js",
        "  node.append(...children); // a string becomes text",
        "  for (const each of children) {\n    if (each.nodeType) node.append(each);\n"
        "    else node.innerHTML += each;\n  }",
        "tests/browser/test_web_export.py",
    ),
    Mutant(
        "web_page.pixels are skipped when a picture shrinks",
        "augment/model_export/web_page/script.js",
        "const width = Math.max(scale, 1);",
        "const width = 1;",
        "tests/browser/test_web_export.py",
    ),
    Mutant(
        "web_page.the left of a picture instead of its middle",
        "augment/model_export/web_page/script.js",
        "left = (small.width - least) / 2;",
        "left = 0;",
        "tests/browser/test_web_export.py",
    ),
    Mutant(
        "web_page.the network is allowed",
        "augment/model_export/web_page/index.html",
        "default-src 'none'; ",
        "default-src 'none'; connect-src *; ",
        "tests/browser/test_web_export.py",
    ),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run mutants; return 0 if every one was killed, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="the start of a mutant's name")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="how many to run at once")
    parser.add_argument("--check", action="store_true", help="only check that each can be applied")
    options = parser.parse_args(argv)
    if twice := [name for name, n in Counter(each.name for each in MUTANTS).items() if n > 1]:
        parser.error(f"two mutants have one name: {', '.join(twice)}")
    for name in options.names:
        if not any(mutant.name.startswith(name) for mutant in MUTANTS):
            parser.error(f"no mutant has a name that starts with {name}")
    chosen = [each for each in MUTANTS if each.name.startswith(tuple(options.names) or "")]
    if options.check:
        outcomes = [(mutant, problem(ROOT, mutant) or "applies", 0.0) for mutant in chosen]
        good = "applies"
    else:
        outcomes = list(run(chosen, options.jobs))
        good = KILLED
    bad = [(mutant, outcome) for mutant, outcome, _ in outcomes if outcome != good]
    say(f"\n{len(outcomes) - len(bad)} of {len(outcomes)}: {good}")
    for mutant, outcome in bad:
        say(f"{outcome}: {mutant.name} ({mutant.file}; {mutant.test})")
    return 1 if bad else 0


def problem(root: Path, mutant: Mutant) -> str:
    """Return why a mutant cannot be applied to the files in ``root``, or nothing."""
    if not (root / mutant.file).is_file():
        return f"{BROKEN}: there is no such file"
    if mutant.name.partition(".")[0] not in Path(mutant.file).with_suffix("").parts:
        return f"{BROKEN}: its name does not start with a module or a package of its file"
    tests, _, test = mutant.test.partition("::")
    if not (root / tests).is_file():
        return f"{BROKEN}: there is no such file of tests"
    if test and f"def {test}(" not in (root / tests).read_text(encoding="utf-8"):
        return f"{BROKEN}: there is no such test"
    found = (root / mutant.file).read_text(encoding="utf-8").count(mutant.find)
    return "" if found == 1 else f"{BROKEN}: its text was found {found} times"


def run(mutants: Sequence[Mutant], jobs: int) -> Iterator[tuple[Mutant, str, float]]:
    """Run mutants, each worker on a copy of its own; yield what became of each, and the seconds."""
    with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as temporary:
        copies = Copies(Path(temporary))

        def one(mutant: Mutant) -> tuple[Mutant, str, float]:
            started = time.monotonic()
            with copies.one() as copy:
                outcome = outcome_of(copy, mutant)
            seconds = time.monotonic() - started
            say(f"{seconds:6.1f} s  {mutant.name}: {outcome}")
            return mutant, outcome, seconds

        with ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(one, mutants)


def outcome_of(copy: Path, mutant: Mutant) -> str:
    """Return what becomes of one mutant in a copy, which is as before afterwards."""
    if reason := problem(copy, mutant):
        return reason
    file = copy / mutant.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace(mutant.find, mutant.replace), encoding="utf-8")
    try:
        code, printed = tested(copy, mutant.test)
    finally:
        file.write_text(whole, encoding="utf-8")
    if code == _PASSED:
        return SURVIVED
    if code != _FAILED:
        return f"pytest ended with {code}, which says nothing: {printed[-300:]}"
    # A test that fails without the mutant, too, kills nothing.
    if mutant.test not in _without:
        _without[mutant.test] = tested(copy, mutant.test)
    code, printed = _without[mutant.test]
    return KILLED if code == _PASSED else f"its test fails without it, too: {printed[-300:]}"


def tested(copy: Path, test: str) -> tuple[int, str]:
    """Run a test in a copy; return the exit code of pytest, and the end of what it printed."""
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "--tb=line",
        "-p",
        "no:cacheprovider",
        test,
    ]
    # Compiled files are trusted by size and whole seconds, which a mutant may leave as they are.
    environment = os.environ | {
        "AUGMENT_HOME": str(copy.with_suffix(".home")),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    try:
        done = subprocess.run(
            words, cwd=copy, env=environment, capture_output=True, text=True, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        return _FAILED, f"it took more than {LIMIT_S} s"
    return done.returncode, " ".join(done.stdout.split())


class Copies:
    """Copies of the tracked files, made as they are needed, each used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._free: list[Path] = []
        self._made = 0
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[Path]:
        """Lend a copy."""
        with self._lock:
            copy = self._free.pop() if self._free else self._another()
        try:
            yield copy
        finally:
            with self._lock:
                self._free.append(copy)

    def _another(self) -> Path:
        self._made += 1
        copy = self._folder / f"copy{self._made}"
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
        )
        for name in listed.stdout.decode().rstrip("\0").split("\0"):
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, copy / name)
        return copy


_without: dict[str, tuple[int, str]] = {}
"""What became of each test without a mutant."""


def say(words: str) -> None:
    """Print a line at once, whatever else waits for the end."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
