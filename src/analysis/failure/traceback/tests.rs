//! Tracebacks as programs print them.

use super::last_traceback;

fn lines(log: &str) -> Vec<&str> {
    log.lines().collect()
}

const PLAIN: &str = "\
epoch 1
Traceback (most recent call last):
  File \"/home/a/train.py\", line 120, in <module>
    main()
  File \"/home/a/train.py\", line 98, in main
    loss = model(batch)
           ^^^^^^^^^^^^
  File \"/opt/conda/lib/python3.11/site-packages/torch/nn/modules/module.py\", line 1501, in _call_impl
    return forward_call(*args, **kwargs)
  File \"/home/a/model.py\", line 33, in forward
    return self.head(x)
  File \"/opt/conda/lib/python3.11/site-packages/torch/nn/modules/module.py\", line 1501, in _call_impl
    return forward_call(*args, **kwargs)
  File \"/opt/conda/lib/python3.11/site-packages/torch/nn/modules/linear.py\", line 114, in forward
    return F.linear(input, self.weight, self.bias)
RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x512 and 256x10)
done";

#[test]
fn the_users_own_frames_and_the_one_that_raised_are_shown() {
    let traceback = last_traceback(&lines(PLAIN)).unwrap();
    assert_eq!((traceback.frames.len(), traceback.from, traceback.to), (6, 1, 15));
    assert_eq!(traceback.own_frame().map(|frame| (frame.file.as_str(), frame.line)), Some(("/home/a/model.py", 33)));
    let expected = "\
Traceback (most recent call last):
  File \"/home/a/train.py\", line 120, in <module>
    main()
  File \"/home/a/train.py\", line 98, in main
    loss = model(batch)
  … 1 frame left out
  File \"/home/a/model.py\", line 33, in forward
    return self.head(x)
  … 1 frame left out
  File \"/opt/conda/lib/python3.11/site-packages/torch/nn/modules/linear.py\", line 114, in forward
    return F.linear(input, self.weight, self.bias)
RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x512 and 256x10)";
    assert_eq!(traceback.telling(), expected);
}

#[test]
fn a_packages_file_named_from_the_package_on_is_not_the_users() {
    let log = "\
Traceback (most recent call last):
  File \"train/loop.py\", line 7, in step
    loss.backward()
  File \"torch/_tensor.py\", line 525, in backward
    torch.autograd.backward(self)
RuntimeError: a message";
    let traceback = last_traceback(&lines(log)).unwrap();
    assert_eq!(traceback.own_frame().map(|frame| frame.file.as_str()), Some("train/loop.py"));
}

#[test]
fn the_last_of_a_chain_is_the_one_that_ended_it() {
    let log = "\
Traceback (most recent call last):
  File \"a.py\", line 1, in f
    g()
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"a.py\", line 3, in f
    h()
ValueError: no such field";
    let traceback = last_traceback(&lines(log)).unwrap();
    assert_eq!((traceback.exception(), traceback.raised_at()), ("ValueError: no such field", 10));
}

#[test]
fn prefixes_of_ranks_and_times_are_seen_through() {
    let ranks = "\
[rank1]: Traceback (most recent call last):
[rank1]:   File \"/home/a/train.py\", line 10, in <module>
[rank1]:     main()
[rank1]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.";
    let traceback = last_traceback(&lines(ranks)).unwrap();
    assert_eq!(traceback.frames[0].code.as_deref(), Some("main()"));
    assert!(traceback.exception().starts_with("torch.OutOfMemoryError: CUDA"));
    let times = "\
2023-04-29 06:01:12.977 [177/train/578] Traceback (most recent call last):
2023-04-29 06:01:12.978 [177/train/578]   File \"/home/a/save.py\", line 379, in save
2023-04-29 06:01:12.979 [177/train/578] OSError: [Errno 28] No space left on device";
    let traceback = last_traceback(&lines(times)).unwrap();
    assert_eq!((traceback.frames.len(), traceback.exception()), (1, "OSError: [Errno 28] No space left on device"));
}

#[test]
fn a_worker_of_a_data_loader_tells_the_original() {
    let log = "\
Traceback (most recent call last):
  File \"train.py\", line 4, in <module>
    for batch in loader:
KeyError: Caught KeyError in DataLoader worker process 0.
Original Traceback (most recent call last):
  File \"/usr/lib/python3/dist-packages/torch/utils/data/_utils/worker.py\", line 302, in _worker_loop
    data = fetcher.fetch(index)
  File \"/home/a/data.py\", line 12, in __getitem__
    return row[\"label\"]
KeyError: 'label'";
    let traceback = last_traceback(&lines(log)).unwrap();
    assert_eq!(
        (traceback.exception(), traceback.own_frame().unwrap().file.as_str()),
        ("KeyError: 'label'", "/home/a/data.py")
    );
}

#[test]
fn a_message_of_several_lines_goes_with_it_and_a_cut_one_is_none() {
    let log = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nRuntimeError: Error(s) in loading state_dict for Net:\n\tsize mismatch for a: copying a param\n\tsize mismatch for b: copying a param\nnext line";
    let traceback = last_traceback(&lines(log)).unwrap();
    assert_eq!((traceback.message.len(), traceback.to), (3, 4));
    let cut = "KeyError: 'a'\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f";
    assert_eq!(last_traceback(&lines(cut)), None);
    assert_eq!(last_traceback(&[]), None);
}
