(comment) @comment
(string) @string
(number) @number
(ellipsis) @punctuation.special
[(true) (false)] @boolean
(none) @constant.builtin
(type) @type

["from" "import"] @keyword.import
["net" "block" "const" "layer" "weight" "train" "expect" "phase"] @keyword
["for" "repeat"] @keyword.repeat
["if" "else"] @keyword.conditional
["return"] @keyword.return
["assert"] @keyword
["and" "or" "not" "in" "as"] @keyword.operator

["->" "=" "+" "-" "*" "/" "//" "%" "@" "**" "==" "!=" "<=" ">=" "<" ">"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":" "."] @punctuation.delimiter

(definition name: (name) @type.definition)
(train name: (name) @type.definition)
(expect name: (name) @type)
(train net: (name) @type)
(phase name: (name) @label)
(const name: (name) @constant)
(layer name: (name) @variable)
(weight name: (name) @variable)
(import_name name: (name) @type)
(import_name alias: (name) @type)
(parameter name: (name) @variable.parameter)
(result name: (name) @property)
(targets (name) @variable)
(setting name: (name) @property)
(keyword_argument name: (name) @variable.parameter)
(attribute name: (name) @property)
(labelled label: (name) @label)
(stage label: (name) @label)
(call function: (name) @function.call)
(stage layer: (name) @function.call)
