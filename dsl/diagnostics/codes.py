"""Every diagnostic code with its severity and title; its page is `pages/<code>.md`."""

from __future__ import annotations

from enum import Enum


class Code(Enum):
    """A stable code. The number never changes its meaning; a retired one is not reused."""

    UNREADABLE_FILE = ("NET0001", "error", "a file cannot be read")
    NOT_UTF8 = ("NET0002", "error", "a file is not UTF-8 text")
    CONTROL_CHARACTER = ("NET0003", "error", "a file holds a control character")
    EMPTY_FILE = ("NET0004", "error", "a file defines nothing")
    TOO_LARGE = ("NET0005", "error", "a file or line is too long")
    TOO_DEEP = ("NET0006", "error", "text is nested too deep")
    INTERNAL = ("NET0007", "error", "netc itself fails on a file")

    UNEXPECTED_TOKEN = ("NET0101", "error", "a word or sign is not expected here")
    UNEXPECTED_CHARACTER = ("NET0102", "error", "a character is not part of the language")
    UNCLOSED = ("NET0103", "error", "a bracket or string is not closed")
    BAD_NUMBER = ("NET0104", "error", "a number is malformed")
    BAD_STATEMENT = ("NET0105", "error", "a statement has no effect")

    UNKNOWN_LAYER = ("NET0201", "error", "no layer, block or net has this name")
    UNKNOWN_ARGUMENT = ("NET0202", "error", "a layer has no such argument")
    UNKNOWN_NAME = ("NET0203", "error", "no value has this name")
    UNKNOWN_LABEL = ("NET0204", "error", "a value holds no such label")
    DUPLICATE_NAME = ("NET0205", "error", "a name is defined twice")
    MISSING_ARGUMENT = ("NET0206", "error", "a required argument is not given")
    EXTRA_ARGUMENT = ("NET0207", "error", "an argument is given twice or is one too many")
    WRONG_TYPE = ("NET0208", "error", "a value is of the wrong type")
    BAD_VALUE = ("NET0209", "error", "a value is outside what is allowed")
    STATIC_FAULT = ("NET0210", "error", "a compile-time computation fails")
    ASSERTION = ("NET0211", "error", "an `assert` does not hold")
    NO_RETURN = ("NET0212", "error", "a net or block returns nothing")
    BAD_SIGNATURE = ("NET0213", "error", "a signature is not legal")
    NOT_A_LAYER = ("NET0214", "error", "something that is not a layer is applied to tensors")

    IMPORT_MISSING = ("NET0251", "error", "an imported file or name does not exist")
    IMPORT_OUTSIDE = ("NET0252", "error", "an import leaves the project")
    IMPORT_CYCLE = ("NET0253", "error", "files import each other in a circle")
    CALL_CYCLE = ("NET0254", "error", "blocks call each other in a circle")
    EXPANSION_LIMIT = ("NET0255", "error", "a net expands past the limit")
    CALL_DEPTH = ("NET0256", "error", "block calls are nested too deep")

    BROADCAST = ("NET0301", "error", "two shapes cannot be broadcast")
    RANK = ("NET0302", "error", "a tensor has the wrong number of dimensions")
    DTYPE = ("NET0303", "error", "a tensor has the wrong dtype")
    SHAPE = ("NET0304", "error", "a shape does not fit a layer")
    SIGNATURE = ("NET0305", "error", "a tensor does not fit a signature")
    EMPTY_DIM = ("NET0306", "error", "a dimension would be zero or negative")
    INPUT_COUNT = ("NET0307", "error", "a layer gets the wrong number of tensors")
    SHARED_WEIGHTS = ("NET0308", "error", "a shared layer meets inputs that need other weights")
    RESULT_COUNT = ("NET0309", "error", "the number of results does not fit")
    INDEX = ("NET0310", "error", "an index or slice is out of range")

    CONSTANT_OUTPUT = ("NET0401", "error", "an output depends on no input")
    CONTRACT = ("NET0501", "error", "an `expect` contract is broken")
    BAD_CONTRACT = ("NET0502", "error", "an `expect` line is not a comparison of known measures")

    UNUSED_VALUE = ("NET0601", "warning", "a value is never used")
    UNUSED_PARAMETER = ("NET0602", "warning", "a parameter is never used")
    UNUSED_IMPORT = ("NET0603", "warning", "an import is never used")
    UNREACHABLE = ("NET0604", "warning", "a statement can never run")
    USELESS_IGNORE = ("NET0605", "warning", "a comment ignores nothing")
    SOFTMAX_TWICE = ("NET0606", "warning", "a softmax of what a softmax made")
    AFTER_SOFTMAX = ("NET0607", "warning", "dropout or an activation behind the last softmax")
    RETURN_IN_LOOP = ("NET0608", "warning", "a loop ends in its first round")
    NORM_AXIS = ("NET0609", "warning", "batch normalization over what are not channels")
    BATCH_PAIRS = ("NET0610", "warning", "arithmetic of every sample with every other")
    HIDES_LAYER = ("NET0611", "warning", "a block hides a layer")
    EMBEDDING_SWAPPED = ("NET0612", "warning", "the sizes of an Embedding look swapped")
    CONV_ORDER = ("NET0613", "warning", "the numbers of a convolution are in PyTorch's order")

    NO_KERAS = ("NET0701", "error", "a layer has no Keras lowering")
    OPSET = ("NET0702", "error", "an opset cannot express a layer")
    NO_KERNEL = ("NET0703", "error", "onnxruntime cannot compute a layer in this dtype")

    UNKNOWN_SETTING = ("NET0801", "error", "a recipe has no such setting")
    UNKNOWN_OBJECT = ("NET0802", "error", "no loss, optimizer, metric, … has this name")
    MISSING_SETTING = ("NET0803", "error", "a recipe lacks a setting")
    NOT_IN_PHASE = ("NET0804", "error", "a setting does not belong in a phase")
    UNKNOWN_OUTPUT = ("NET0805", "error", "a net has no such output")
    LOSS_MISFIT = ("NET0806", "error", "a loss does not fit the output")
    LOGITS = ("NET0807", "error", "a loss takes probabilities for logits, or logits for them")
    CLASS_COUNT = ("NET0808", "error", "the number of classes does not fit the output")
    LABELS_MISFIT = ("NET0809", "error", "the form of the labels does not fit the loss")
    METRIC_MISFIT = ("NET0810", "error", "a metric does not fit the output")
    UNKNOWN_MONITOR = ("NET0811", "error", "a watched figure will not exist")
    UNKNOWN_PATH = ("NET0812", "error", "a path matches no layer with weights")
    ALL_FROZEN = ("NET0813", "error", "every weight is frozen")
    AUGMENT_MISFIT = ("NET0814", "error", "an augmentation does not fit the inputs or the labels")
    PLATEAU_SCHEDULE = ("NET0815", "error", "a schedule and a plateau set one learning rate")
    DATA_MISFIT = ("NET0816", "error", "a data source does not fit the net")
    SPLIT_TWICE = ("NET0817", "error", "a part of the data is given twice")
    PATH_OUTSIDE = ("NET0818", "error", "a path of a recipe leaves the project")
    CLASS_WEIGHT = ("NET0819", "error", "class weights for a loss without classes")
    INNER_LOSS = ("NET0820", "error", "a loss on a tensor that its targets do not fit")

    LOSS_DOUBT = ("NET0851", "warning", "a loss seldom fits such an output")
    BIAS_BEFORE_NORM = ("NET0852", "warning", "a bias before batch normalization does nothing")
    REGULARIZED_NORM = ("NET0853", "warning", "a penalty on the scale of a normalization")
    BATCH_OF_PICTURES = ("NET0854", "warning", "all pictures of a folder in one batch")
    SAME_RESTARTS = ("NET0855", "warning", "restarts with nothing left to draw")
    PATIENCE = ("NET0856", "warning", "a recipe ends before its patience does")
    SCHEDULE_DOUBT = ("NET0857", "warning", "a schedule hardly moves the learning rate")
    FLOAT16_ON_CPU = ("NET0858", "warning", "half precision on a CPU")
    FREEZES_NOTHING = ("NET0859", "warning", "a freeze or unfreeze changes nothing")
    SCALED_TWICE = ("NET0860", "warning", "pixels are scaled by the data and by the net")
    IDLE_ARGUMENT = (
        "NET0861",
        "warning",
        "an argument of an optimizer, or a setting, changes nothing",
    )
    NO_WEIGHTS = ("NET0862", "warning", "weighted metrics where nothing has a weight")
    MONITOR_MODE = ("NET0863", "warning", "a figure is watched for getting worse")
    SLOW_MOMENTUM = ("NET0864", "warning", "a batch normalization learns too slowly for its run")
    TARGET_RANGE = ("NET0865", "warning", "targets that the output cannot reach")
    PADDING_COUNTS = ("NET0866", "warning", "padded steps count like real ones")

    def __init__(self, id: str, severity: str, title: str) -> None:
        self.id = id
        self.severity = severity
        self.title = title
