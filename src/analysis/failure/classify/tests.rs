//! Whole ends of logs: the cause, not what it brought about.

use super::classify;
use crate::analysis::failure::Kind;

fn told(log: &str) -> (Kind, String) {
    let lines: Vec<&str> = log.lines().collect();
    classify(&lines).map(|cause| (cause.kind, cause.line)).unwrap()
}

#[test]
fn the_process_that_failed_first_is_the_cause_not_the_launcher() {
    let log = "\
epoch 1
[rank0]: Traceback (most recent call last):
[rank0]:   File \"/home/a/train.py\", line 10, in <module>
[rank0]:     main()
[rank0]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.
W0227 17:39:41 api.py:766] Sending process 293866 closing signal SIGTERM
ERROR failed (exitcode: 1) local_rank: 0 (pid: 5) of binary: python
Traceback (most recent call last):
  File \"/opt/conda/bin/torchrun\", line 8, in <module>
    sys.exit(main())
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
============================================================
train.py FAILED
============================================================";
    assert_eq!(told(log).0, Kind::OutOfMemory);
}

#[test]
fn an_exception_that_was_got_over_is_not_the_cause() {
    let mut log = String::from("Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'\n");
    (0..100).for_each(|step| log.push_str(&format!("step {step} loss 0.5\n")));
    log.push_str("slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT 2026-06-01T12:00:00 DUE TO TIME LIMIT ***\n");
    assert_eq!(told(&log).0, Kind::Timeout);
}

#[test]
fn an_exception_that_no_rule_knows_is_told_as_such() {
    let log = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nmylib.Strange: never seen\n";
    assert_eq!(told(log), (Kind::Unknown, "mylib.Strange: never seen".to_owned()));
}

#[test]
fn the_reason_behind_an_unknown_exception_is_found_beside_it() {
    let log = "\
Traceback (most recent call last):
  File \"a.py\", line 1, in f
    g()
RuntimeError: worker died
/bin/sh: line 1: 4211 Killed                  python worker.py";
    assert_eq!(told(log).0, Kind::Killed);
}

#[test]
fn a_log_that_says_nothing_has_no_cause() {
    assert_eq!(classify(&["epoch 1 loss 0.5", "epoch 2 loss 0.4"]), None);
    assert_eq!(classify(&[]), None);
}

#[test]
fn a_loss_of_nan_counts_only_where_nothing_else_is_said() {
    assert_eq!(told("step 3 loss: nan\nstep 4 loss: nan").0, Kind::NotFinite);
    let log = "step 3 loss: nan\nFileNotFoundError: [Errno 2] No such file or directory: 'x'";
    assert_eq!(told(log).0, Kind::Data);
}
