// Newlines that end something. One that stands before `->`, `else`, `{`, `}` or the end of the file
// ends nothing, whatever comments lie between; inside ( ) and [ ] and behind `{` and `,` the grammar
// has no place for one.

#include "tree_sitter/parser.h"

enum Token { NEWLINE, ERROR };

void *tree_sitter_net_external_scanner_create(void) { return NULL; }
void tree_sitter_net_external_scanner_destroy(void *payload) {}
unsigned tree_sitter_net_external_scanner_serialize(void *payload, char *buffer) { return 0; }
void tree_sitter_net_external_scanner_deserialize(void *payload, const char *buffer,
                                                  unsigned length) {}

static bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\f' || c == '\r'; }

static bool is_word(int32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool goes_on(TSLexer *lexer) {
  if (lexer->eof(lexer)) return true;
  switch (lexer->lookahead) {
    case '{':
    case '}':
      return true;
    case '-':
      lexer->advance(lexer, false);
      return lexer->lookahead == '>';
    case 'e':
      for (const char *word = "else"; *word; word++) {
        if (lexer->lookahead != *word) return false;
        lexer->advance(lexer, false);
      }
      return !is_word(lexer->lookahead);
    default:
      return false;
  }
}

bool tree_sitter_net_external_scanner_scan(void *payload, TSLexer *lexer,
                                           const bool *valid_symbols) {
  // Where every token is valid, the parser is mending a fault.
  if (!valid_symbols[NEWLINE] || valid_symbols[ERROR]) return false;
  while (is_blank(lexer->lookahead)) lexer->advance(lexer, true);
  if (lexer->lookahead != '\n') return false;
  lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  while (!lexer->eof(lexer)) {
    if (lexer->lookahead == '#') {
      while (!lexer->eof(lexer) && lexer->lookahead != '\n') lexer->advance(lexer, false);
    } else if (is_blank(lexer->lookahead) || lexer->lookahead == '\n') {
      lexer->advance(lexer, false);
    } else {
      break;
    }
  }
  if (goes_on(lexer)) return false;
  lexer->result_symbol = NEWLINE;
  return true;
}
