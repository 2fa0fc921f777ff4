// The language for tree-sitter, rule for rule as dsl/syntax/grammar.lark has it.
//
// `_newline` comes from src/scanner.c, which drops those that end nothing, as dsl/syntax/lex.py does.
// A keyword is a name wherever the keyword cannot stand; where both can, the rules say so.

const list = (item) => seq(item, repeat(seq(",", item)));
const trailing = (item) => seq(list(item), optional(","));
const lines = ($, item) => seq(item, repeat(seq($._newline, item)));
const binary = (left, operator, right) =>
  seq(field("left", left), field("operator", operator), field("right", right));

// Words that begin a statement or an entry: names before a single `=`.
const BEGIN = ["layer", "weight", "for", "repeat", "if", "assert", "return", "not", "phase"];
// Those among them that are names wherever they begin nothing.
const SOFT = ["layer", "weight", "phase"];

module.exports = grammar({
  name: "net",
  word: ($) => $.name,
  externals: ($) => [$._newline, $._error],
  extras: ($) => [/[ \t\f\r\n]/, $.comment],
  supertypes: ($) => [$.item, $.statement, $.expression],
  inline: ($) => [$._name],

  rules: {
    file: ($) => optional(lines($, $.item)),

    item: ($) => choice($.import, $.const, $.definition, $.expect, $.train),

    import: ($) => seq("from", field("from", $.origin), "import", list($.import_name)),
    import_name: ($) =>
      seq(field("name", $.name), optional(seq("as", field("alias", $.name)))),
    origin: ($) => choice($.string, seq($.name, repeat(seq(".", $.name)))),

    const: ($) => seq("const", field("name", $.name), "=", field("value", $.expression)),

    // Nets and blocks

    definition: ($) =>
      seq(
        field("kind", choice("net", "block")),
        field("name", $.name),
        field("parameters", $.parameters),
        optional(seq("->", field("results", choice($.result, $.results)))),
        field("body", $.body),
      ),
    parameters: ($) => seq("(", optional(trailing($.parameter)), ")"),
    parameter: ($) =>
      seq(
        field("name", $.name),
        ":",
        field("type", choice(alias($.name, $.type), $.tensor_type)),
        optional(seq("=", field("default", $.expression))),
      ),
    results: ($) => seq("(", trailing($.result), ")"),
    result: ($) => seq(optional(seq(field("name", $.name), ":")), field("type", $.tensor_type)),
    tensor_type: ($) =>
      seq(optional(field("dtype", alias($.name, $.type))), "[", optional(trailing($._dim)), "]"),
    _dim: ($) => choice($.expression, $.ellipsis),
    ellipsis: () => "...",

    // Statements

    body: ($) => seq("{", optional(lines($, $.statement)), "}"),
    statement: ($) =>
      choice($.assign, $.layer, $.weight, $.for, $.repeat, $.if, $.assert, $.return, $.bare),

    assign: ($) => seq(field("targets", $.targets), "=", field("value", $.expression)),
    layer: ($) => seq("layer", field("name", $.name), "=", field("value", $.expression)),
    weight: ($) =>
      seq(
        "weight",
        field("name", $.name),
        ":",
        field("type", $.tensor_type),
        "=",
        field("value", $.expression),
        repeat(seq(",", alias($._option, $.keyword_argument))),
      ),
    _option: ($) => seq(field("name", $.name), "=", field("value", $.expression)),
    for: ($) =>
      seq(
        "for",
        field("targets", alias($._loop_targets, $.targets)),
        "in",
        field("values", $.expression),
        field("body", $.body),
      ),
    _loop_targets: ($) => list($.name),
    repeat: ($) => seq("repeat", field("times", $.expression), field("body", $.body)),
    if: ($) =>
      seq(
        "if",
        field("condition", $.expression),
        field("then", $.body),
        optional(seq("else", field("else", choice($.body, $.if)))),
      ),
    assert: ($) => seq("assert", $.expression, optional(seq(",", $.expression))),
    return: ($) => seq("return", list($.expression)),
    bare: ($) => $.expression,
    targets: ($) => choice(list($.name), seq($._word_as_name)),

    // Contracts and recipes

    expect: ($) =>
      seq(
        "expect",
        field("name", $.name),
        optional(field("arguments", $.arguments)),
        "{",
        optional(lines($, $.expression)),
        "}",
      ),
    train: ($) =>
      seq(
        "train",
        field("name", $.name),
        optional(seq("for", field("net", $.name))),
        "{",
        optional(lines($, choice($.setting, $.phase))),
        "}",
      ),
    setting: ($) =>
      seq(
        field("name", choice($.name, $._word_as_name)),
        "=",
        field("value", $.expression),
      ),
    phase: ($) => seq("phase", field("name", $.name), "{", optional(lines($, $.setting)), "}"),

    // A keyword before `=`.
    _word_as_name: ($) => choice(...BEGIN.map((word) => alias(word, $.name))),
    // A word that begins nothing here.
    _name: ($) => choice($.name, ...SOFT.map((word) => alias(word, $.name))),

    // Expressions, loosest first

    expression: ($) => choice($.pipeline, $._choice),
    pipeline: ($) => seq($._choice, repeat1($.stage)),
    chain: ($) => seq($.labelled, repeat1($.stage)),
    labelled: ($) => seq($._choice, "as", field("label", $.name)),
    stage: ($) =>
      seq(
        "->",
        field("layer", $._postfix),
        optional(seq("*", field("times", $._postfix))),
        optional(seq("as", field("label", $.name))),
      ),
    _choice: ($) => choice($._or, $.conditional),
    conditional: ($) =>
      seq(field("then", $._or), "if", field("condition", $._or), "else", field("else", $._choice)),
    _or: ($) => choice($._and, alias($._or_binary, $.binary)),
    _or_binary: ($) => binary($._or, "or", $._and),
    _and: ($) => choice($._not, alias($._and_binary, $.binary)),
    _and_binary: ($) => binary($._and, "and", $._not),
    _not: ($) => choice($._comparison, alias($._not_unary, $.unary)),
    _not_unary: ($) => seq(field("operator", "not"), field("operand", $._not)),
    _comparison: ($) => choice($._sum, alias($._compared, $.binary)),
    _compared: ($) => binary($._sum, choice("==", "!=", "<=", ">=", "<", ">"), $._sum),
    _sum: ($) => choice($._product, alias($._sum_binary, $.binary)),
    _sum_binary: ($) => binary($._sum, choice("+", "-"), $._product),
    _product: ($) => choice($._unary, alias($._product_binary, $.binary)),
    _product_binary: ($) => binary($._product, choice("*", "/", "//", "%", "@"), $._unary),
    _unary: ($) => choice($._power, alias($._signed, $.unary)),
    _signed: ($) => seq(field("operator", choice("+", "-")), field("operand", $._unary)),
    _power: ($) => choice($._postfix, alias($._power_binary, $.binary)),
    _power_binary: ($) => binary($._postfix, "**", $._unary),
    _postfix: ($) => choice($._atom, $.call, $.index, $.attribute),
    call: ($) => seq(field("function", $._postfix), field("arguments", $.arguments)),
    index: ($) => seq(field("value", $._postfix), "[", trailing($._index_item), "]"),
    attribute: ($) => seq(field("value", $._postfix), ".", field("name", $.name)),
    _atom: ($) =>
      choice(
        $._name,
        $.number,
        $.string,
        $.true,
        $.false,
        $.none,
        $.parenthesized,
        $.tuple,
        $.list,
      ),
    true: () => "true",
    false: () => "false",
    none: () => "none",
    parenthesized: ($) => seq("(", choice($.expression, $.chain), ")"),
    tuple: ($) =>
      choice(
        seq("(", ")"),
        seq("(", $.expression, ",", optional(trailing($.expression)), ")"),
      ),
    list: ($) => seq("[", optional(trailing($.expression)), "]"),

    arguments: ($) => seq("(", optional(trailing($._argument)), ")"),
    _argument: ($) => choice($.expression, $.keyword_argument),
    keyword_argument: ($) =>
      seq(
        field("name", choice($._name, alias("not", $.name), $.string)),
        "=",
        field("value", $.expression),
      ),
    _index_item: ($) => choice($.expression, $.slice, $.ellipsis),
    slice: ($) =>
      seq(
        optional($.expression),
        ":",
        optional($.expression),
        optional(seq(":", optional($.expression))),
      ),

    // Terminals

    name: () => /[A-Za-z_][A-Za-z0-9_]*/,
    number: () => {
      const part = /([eE][+-][0-9]|[0-9A-Za-z_])*/;
      return token(seq(/[0-9]/, part, optional(seq(".", part))));
    },
    string: () => token(/"([^"\\\n]|\\[^\n])*"/),
    comment: () => token(/#[^\r\n]*/),
  },
});
