//! The rules, in the order in which they are tried: what a line says, and what that means.

use std::sync::LazyLock;

use regex::RegexSet;

use super::Kind;

/// What a line may say.
pub(super) struct Rule {
    /// What made the run fail.
    pub(super) kind: Kind,
    /// What that means, in a few words.
    pub(super) says: &'static str,
    /// The line says so itself; otherwise it is what is likely behind it.
    pub(super) certain: bool,
    /// It is mostly brought about by something else that failed.
    pub(super) consequence: bool,
    patterns: RegexSet,
}

impl Rule {
    /// Whether a line says so.
    pub(super) fn fits(&self, line: &str) -> bool {
        self.patterns.is_match(line)
    }
}

const CERTAIN: (bool, bool) = (true, false);
const LIKELY: (bool, bool) = (false, false);
const CONSEQUENCE: (bool, bool) = (false, true);

type Entry = (Kind, &'static str, (bool, bool), &'static [&'static str]);

#[rustfmt::skip]
const RULES: &[Entry] = &[
    (Kind::DiskFull, "a disk is full, or a quota is used up", CERTAIN, &[
        r"(?i)no space left on device", r"(?i)disk quota exceeded", r"\[Errno (?:28|122)\]", r"(?i)not enough (?:free )?disk space",
    ]),
    (Kind::OutOfMemory, "shared memory (/dev/shm) is too small for the workers of the data loader", CERTAIN, &[
        r"insufficient shared memory \(shm\)", r"out of shared memory", r"unable to (?:open|mmap|allocate|resize).{0,80}shared memory",
    ]),
    (Kind::OutOfMemory, "the machine's memory (RAM) ran out", CERTAIN, &[
        r"(?i)\boom[-_]kill", r"Out of memory: Kill(?:ed)? process", r"\bOOMKilled\b", r"(?:^|[\s:.])_?(?:Array)?MemoryError\b",
        r"Unable to allocate [\d.]+ [KMGTP]iB for an array", r"DefaultCPUAllocator: (?:can't|not enough)", r"Cannot allocate memory",
        r"std::bad_alloc", r"\bOUT_OF_MEMORY\b(?:$|[^\w]*(?:Exit|State))", r"(?i)exceeded (?:the |its )?(?:job |step )?memory limit",
        r"ray\.exceptions\.OutOfMemoryError", r"node running low on memory",
    ]),
    (Kind::OutOfMemory, "the memory of the GPU or accelerator ran out", CERTAIN, &[
        r"(?:CUDA|HIP|XPU|NPU|MPS backend|CUDA error:|CUDA Error:) ?out of memory", r"(?:^|[\s.])OutOfMemoryError\b", r"CUDA_ERROR_OUT_OF_MEMORY",
        r"cudaErrorMemoryAllocation", r"cuda runtime error \(2\) ?: out of memory", r"(?i)RESOURCE[_ ]EXHAUSTED: .*out of memory",
        r"OOM when allocating tensor", r"CU(?:BLAS|DNN)_STATUS_ALLOC_FAILED", r"Out of memory (?:while trying to allocate|allocating) \d+ bytes",
        r"CUDA out of memory",
    ]),
    (Kind::Timeout, "the time limit of the job was reached", CERTAIN, &[
        r"DUE TO TIME LIMIT", r"(?i)exceeded (?:the |its )?(?:maximum |wall ?(?:clock )?)?(?:run|time) ?(?:time )?limit", r"(?i)job killed: walltime",
        r"(?i)walltime \S+ exceeded", r"\bTERM_RUNLIMIT\b", r"\bMaxRuntimeExceeded\b", r"\bDeadlineExceeded\b",
    ]),
    (Kind::Killed, "the job was preempted, or its machine was taken away", CERTAIN, &[
        r"DUE TO PREEMPTION", r"(?i)(?:job|instance|node|worker|vm|pod|task) (?:\S+ )?(?:was |has been |is being )?(?:preempted|reclaimed|evicted)\b",
        r"DUE TO NODE FAILURE", r"(?i)spot instance (?:interruption|termination)", r"(?i)The node was low on resource",
    ]),
    (Kind::Killed, "somebody cancelled the job", CERTAIN, &[
        r"\*\*\* (?:JOB|STEP) \S+ .*CANCELLED AT", r"(?i)(?:task|run|job) (?:was )?(?:aborted|cancell?ed) by (?:the )?user", r"\bKeyboardInterrupt\b",
    ]),
    (Kind::NotFinite, "a loss, gradient or input is NaN or infinite", CERTAIN, &[
        r"(?i)\bloss(?: value)? (?:is|was|became|has become|went to|turned(?: to)?) (?:nan|inf)(?:inite|inity)?\b.{0,40}(?:stop|terminat|abort|exit|rais|!|$)",
        r"(?i)loss returned in .{0,60} is nan or inf", r"(?i)detected nan and/or inf values", r"(?i)input (?:\w )?contains (?:nan|infinity)",
        r"returned nan values in its \d+th output", r"(?i)(?:network|model) outputs? (?:is|are|contains?) nan", r"Tensor had (?:NaN|Inf)",
        r"(?i)(?:found|detected|encountered) (?:nan|inf|nans|infs)(?: or (?:nan|inf)s?)? in (?:the )?(?:loss|losses|gradients?|parameters?|weights?|outputs?|inputs?)\b",
        r"Expected parameter .{0,200} to satisfy the constraint", r"probability tensor contains either", r"FloatingPointError",
        r"(?i)minimum loss scale reached", r"(?i)invalid loss, terminating", r"(?i)(?:nan|non-finite|infinite) (?:loss|gradient|grad norm)(?: detected| encountered|,? stopping|: )",
    ]),
    (Kind::Data, "an index is out of range in a kernel of the GPU: often a label or token outside of what the model knows", CERTAIN, &[
        r"Assertion .{0,200} failed\.?$", r"srcIndex < srcSelectDimSize", r"t >= 0 && t < n_classes",
    ]),
    (Kind::Cuda, "the GPU, its driver or a library of it failed", CERTAIN, &[
        r"\bCUDA error\b", r"device-side assert triggered", r"\bCU(?:BLAS|DNN|SPARSE|SOLVER)_STATUS_\w+", r"(?i)cudnn error", r"CUDA driver version is insufficient",
        r"No CUDA GPUs are available", r"Found no NVIDIA driver", r"Torch not compiled with CUDA enabled", r"deserialize object on a CUDA device but",
        r"no CUDA-capable device is detected", r"NVRM: Xid", r"\bCUDA_ERROR_\w+", r"Failed to initialize NVML", r"\bcuda runtime error \(\d+\)",
        r"nccl(?:UnhandledCuda|Internal)Error", r"(?i)unhandled cuda error", r"Failed to get convolution algorithm", r"triton.{0,60}out of resource",
    ]),
    (Kind::Timeout, "processes waited for each other in vain: often another one failed or was slow first", CONSEQUENCE, &[
        r"Watchdog caught collective operation timeout", r"ran for \d+ milliseconds before timing out", r"Timed out waiting \d+ms for (?:recv|send)",
    ]),
    (Kind::Import, "a package or library is missing or does not fit", CERTAIN, &[
        r"\bModuleNotFoundError\b", r"\bImportError\b", r"(?:^|[\s:])No module named ", r"cannot import name '", r"error while loading shared libraries",
        r"undefined symbol: ", r"DLL load failed", r"\bGLIBC(?:XX)?_[\d.]+'? not found", r"numpy\.dtype size changed",
        r"^OSError: lib\w+\.so\S*: cannot open shared object file",
    ]),
    (Kind::Network, "the model or data hub refused: not there, gated, or no token", CERTAIN, &[
        r"\b(?:RepositoryNotFound|GatedRepo|RevisionNotFound|EntryNotFound|HfHubHTTP|LocalEntryNotFound)Error\b", r"Cannot access gated repo",
        r"is not a local folder and is not a valid model identifier", r"(?i)we couldn't connect to 'https?://huggingface\.co'",
    ]),
    (Kind::Network, "a server refused, or asked for less", CERTAIN, &[
        r"\b[45]\d\d (?:Client|Server) Error\b", r"(?:^|\s)(?:\w+\.)*HTTPError: (?:HTTP Error )?[45]\d\d\b", r"\bHTTP (?:Error )?429\b.*$", r"429 Too Many Requests", r"\bRateLimitError\b",
    ]),
    (Kind::Network, "a server could not be reached", CERTAIN, &[
        r"Max retries exceeded with url", r"Temporary failure in name resolution", r"Name or service not known", r"(?i)getaddrinfo failed",
        r"\bConnection(?:Error|ResetError|RefusedError|AbortedError)\b", r"\b(?:Read|Connect)Timeout(?:Error)?\b", r"\b(?:SSLError|SSLCertVerificationError|ProxyError|RemoteDisconnected)\b",
        r"CERTIFICATE_VERIFY_FAILED", r"(?i)network is unreachable", r"(?i)no route to host", r"\b(?:EndpointConnection|ClientConnector|NewConnection)Error\b",
        r"The client socket has (?:timed out|failed to connect)", r"\bRendezvous(?:Timeout|Connection)Error\b", r"(?i)^\S*(?:error|exception)\S*:.*connection (?:refused|reset by peer|timed out)",
        r"(?i)could not resolve host",
    ]),
    (Kind::Config, "an argument or setting is wrong or missing", CERTAIN, &[
        r"error: unrecognized arguments:", r"error: the following arguments are required", r"error: argument \S+: ", r"invalid choice: .*\(choose from",
        r"\b(?:ConfigAttribute|ConfigKey|ConfigType|InterpolationKey|InterpolationResolution)Error\b", r"\bMissingMandatoryValue\b", r"\bhydra\.errors\.",
        r"\bomegaconf\.errors\.", r"\bConfigCompositionException\b", r"yaml\.(?:scanner|parser|constructor)\.\w+Error", r"got an unexpected keyword argument",
        r"missing \d+ required (?:positional|keyword-only) arguments?", r"\bMisconfigurationException\b", r"\d+ validation errors? for \w+", r"\bValidationError\b", r"\bArgumentError\b",
        r"(?:^|\s)Could not override '",
    ]),
    (Kind::Config, "a file or folder must not be read or written", CERTAIN, &[r"\bPermissionError\b", r"\[Errno 13\]"]),
    (Kind::Data, "the checkpoint does not fit the model, or cannot be read", CERTAIN, &[
        r"Error\(s\) in loading state_dict", r"size mismatch for \S+: copying a param", r"\bUnpicklingError\b", r"PytorchStreamReader failed", r"invalid load key",
        r"Error while deserializing header", r"\bSafetensorError\b",
    ]),
    (Kind::Data, "shapes do not fit each other", CERTAIN, &[
        r"mat1 and mat2 (?:shapes|must have)", r"size of tensor a \(\d+\) must match the size of tensor b", r"Expected input batch_size \(\d+\) to match target batch_size",
        r"shape '.{1,80}' is invalid for input of size", r"stack expects each tensor to be equal size", r"Sizes of tensors must match except in dimension",
        r"operands could not be broadcast together", r"Incompatible shapes", r"could not broadcast input array", r"Given groups=\d+, weight of size",
        r"Dimensions must be equal", r"expected input\[.{1,60}\] to have \d+ channels", r"Found input variables with inconsistent numbers of samples",
        r"(?:dot_general|add|mul) (?:got|requires) .{0,60}shapes", r"size mismatch, m1: ",
    ]),
    (Kind::Data, "a file is missing", CERTAIN, &[r"\bFileNotFoundError\b", r"\[Errno 2\]", r"(?:^|: )No such file or directory", r"\bNoSuchKey\b"]),
    (Kind::Data, "data cannot be read as what they should be", CERTAIN, &[
        r"\b(?:UnicodeDecode|JSONDecode|Parser|UnidentifiedImage|DatasetGeneration|EOF|LZMA|zlib\.)Error\b", r"\b(?:ArrowInvalid|BadZipFile|BadGzipFile)\b",
        r"image file is truncated", r"num_samples should be a positive integer value, but got num_samples=0", r"Found 0 (?:files|images) in", r"\bzlib\.error\b",
    ]),
    (Kind::Data, "a key or index is not there: a field of the data, a label, or a setting", CERTAIN, &[
        r"\bKeyError\b", r"\bIndexError\b", r"Target -?\d+ is out of bounds", r"index out of range in self",
    ]),
    (Kind::Assertion, "an assertion of the program failed", CERTAIN, &[r"\bAssertionError\b"]),
    (Kind::Timeout, "something was waited for in vain", CERTAIN, &[r"\bTimeoutError\b", r"\bTimeoutExpired\b", r"\bsocket\.timeout\b"]),
    (Kind::Crash, "native code crashed", CERTAIN, &[
        r"(?i)segmentation fault", r"\bSIG(?:SEGV|BUS|ILL|FPE)\b", r"(?i)exit ?code\s*:?\s*(?:-11|139)\b", r"Fatal Python error", r"(?:^|\s)Bus error(?: \(core dumped\))?\s*$",
        r"double free or corruption", r"malloc\(\): ", r"Illegal instruction",
    ]),
    (Kind::Killed, "a process was killed (SIGKILL): mostly because the machine's memory ran out", LIKELY, &[
        r"\bSIGKILL\b", r"(?i)\b(?:exit(?:ed with)?|return) ?(?:code|status)\s*:?\s*(?:-9|137)\b", r"^\s*(?:\S+: line \d+: +\d+ )?Killed(?:\s+\S*python\S* .*|\s*)$",
        r"killed by signal: Killed", r"(?i)terminated by signal 9\b",
    ]),
    (Kind::Killed, "the run was told to end (SIGTERM): by a scheduler, a person, or because another process failed", CONSEQUENCE, &[
        r"\bSIGTERM\b", r"(?i)exit ?(?:code|status)\s*:?\s*(?:-15|143)\b", r"(?i)received (?:signal 15\b|15 death signal)", r"^\s*Terminated\s*$", r"\bSignalException\b",
    ]),
    (Kind::NotFinite, "the loss is reported as NaN", CONSEQUENCE, &[r"(?i)\bloss\w*['\x22]?\s*[=:]\s*(?:tensor\()?(?:nan|[+-]?inf)\b"]),
    (Kind::Unknown, "another process failed first; its own log says why", CONSEQUENCE, &[
        r"\bChildFailedError\b", r"\bProcess(?:Raised|Exited)Exception\b", r"DataLoader worker \(pid.{0,40} exited unexpectedly", r"ncclRemoteError",
        r"(?i)connection closed by (?:remote )?peer", r"\bCalledProcessError\b", r"\bBrokenPipeError\b", r"srun: error: .*[Ee]xited with exit code",
    ]),
];

/// The rules, ready to be used; one that cannot be compiled fits nothing, which a test rules out.
pub(super) static COMPILED: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let compiled = |(kind, says, (certain, consequence), patterns): &Entry| Rule {
        kind: *kind,
        says,
        certain: *certain,
        consequence: *consequence,
        patterns: RegexSet::new(*patterns).unwrap_or_else(|_| RegexSet::empty()),
    };
    RULES.iter().map(compiled).collect()
});

#[cfg(test)]
mod tests {
    use super::{COMPILED, RULES};

    #[test]
    fn every_pattern_can_be_used() {
        for (rule, entry) in COMPILED.iter().zip(RULES) {
            assert_eq!(rule.patterns.len(), entry.3.len(), "{}", rule.says);
        }
    }
}
