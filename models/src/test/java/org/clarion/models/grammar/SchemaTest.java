package org.clarion.models.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.clarion.models.grammar.FormatException.Code;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which texts schemas allow, keyword by keyword, and which schemas are refused with which words. */
class SchemaTest {
  private static Arguments of(String schema, String yes, String no) {
    return Arguments.of(schema, yes, no);
  }

  /** A schema, texts that it allows and texts that it does not, separated by bars. */
  static Stream<Arguments> keywords() {
    return Stream.of(
        of("{'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'boolean'}},'required':['a']}",
            "{'a':1}|{'a':-20,'b':true}|{ 'a': 1, 'b': false }|{\n  'a': 1,\n  'b': true\n}",
            "{}|{'b':true}|{'b':true,'a':1}|{'a':1,'c':2}|{'a':1.5}|{'a':01}|{'a':1,}|{'a':1}x|{  'a':1}|{'a':1"),
        of("{'type':'object','properties':{'a':{'type':'null'},'b':{'type':'null'},'c':{'type':'null'}}}",
            "{}|{'a':null}|{'c':null}|{'a':null,'c':null}|{'b':null,'c':null}|{'a':null,'b':null,'c':null}",
            "{,'a':null}|{'c':null,'a':null}|{'a':null,'a':null}|{'a':null 'b':null}"),
        of("{'type':'object','properties':{'ab':{'type':'null'}},'additionalProperties':{'type':'integer'}}",
            "{}|{'ab':null}|{'a':1}|{'abc':1,'x':2}|{'ab':null,'':3}|{'\u00e9':1}",
            "{'ab':1}|{'a':null}|{'x':1,'ab':null}|{'a\\u0062':1}"),
        of("{'type':'object','additionalProperties':true}", "{}|{'a':[1,{'b':null}]}", "[]|{'a'}"),
        of("{'type':'object','properties':{'a':false}}", "{}", "{'a':1}"),
        of("{'type':'array','items':{'type':'integer'},'minItems':1,'maxItems':3}", "[1]|[1,2,3]|[ 1, 2 ]",
            "[]|[1,2,3,4]|[1,]|[,1]|['a']"),
        of("{'type':'array','items':{'enum':[1]},'maxItems':0}", "[]", "[1]"),
        of("{'type':'array'}", "[]|[null,'a',{}]", "{}"),
        of("{'type':'array','prefixItems':[{'type':'integer'},{'type':'string'}]}", "[1,'a']", "[1]|[1,'a',2]|['a',1]"),
        of("{'type':'array','prefixItems':[{'type':'integer'}],'items':{'type':'null'},'minItems':2,'maxItems':3}",
            "[1,null]|[1,null,null]", "[1]|[1,2]|[1,null,null,null]"),
        of("{'type':'string'}", "''|'a b'|'\u00e9\ud83d\ude42'|'\\n\\u00e9\\\\'", "'|'a\n'|'\\x'|'\\ud83d'|a"),
        of("{'type':'string','minLength':2,'maxLength':3}", "'ab'|'\u00e9\ud83d\ude42'|'a\\nb'|'\\u0041b'",
            "'a'|'abcd'|''"),
        of("{'type':'string','pattern':'^[A-C]+$'}", "'A'|'CAB'", "''|'D'|'AD'|'\\u0041'"),
        of("{'type':'string','pattern':'b.d'}", "'bed'|'a bad day'|'b\ud83d\ude42d'", "'bd'|'b\\nd'"),
        of("{'type':'string','pattern':'^a|b$'}", "'a'|'ax'|'xb'", "'xa'|'bx'"),
        of("{'type':'string','pattern':'^(ab)*$','minLength':3,'maxLength':5}", "'abab'", "'ab'|'aba'|'ababab'|''"),
        of("{'type':'string','pattern':'^\\\\s\\\\W[^\\\\d]$'}", "' -x'|'\\t+a'", "' -1'|'a-x'"),
        of("{'type':'string','pattern':'^[\\\\u00e0-\\\\u00ff\\\"]{2}$'}", "'\u00e9\u00e8'|'\u00e9\\\"'",
            "'ae'|'\u00e9'"),
        of("{'type':'string','format':'date'}", "'2024-02-29'|'2023-12-31'|'2000-02-29'",
            "'2023-02-29'|'1900-02-29'|'2023-13-01'|'2023-04-31'|'2023-1-1'"),
        of("{'type':'string','format':'date-time'}", "'2023-01-31T23:59:59Z'|'2023-01-31T00:00:00.5+02:00'",
            "'2023-01-31'|'2023-01-31T24:00:00Z'|'2023-01-31T00:00:00'"),
        of("{'type':'string','format':'uuid'}", "'123e4567-e89b-12d3-a456-426614174000'", "'123e4567'"),
        of("{'type':'integer','minimum':-12,'maximum':105}", "-12|-1|0|5|99|100|105", "-13|106|-0|1.0|007|-20"),
        of("{'type':'integer','exclusiveMinimum':3,'exclusiveMaximum':5}", "4", "3|5|40"),
        of("{'type':'integer','minimum':1.5,'maximum':3.5}", "2|3", "1|4"),
        of("{'type':'integer','minimum':98}", "98|99|100|123456", "97|9|-98"),
        of("{'type':'integer','maximum':-5}", "-5|-6|-100", "-4|0|5"),
        of("{'type':'number','minimum':0,'maximum':1}", "0|1|0.5|0.000001|1.0", "1.1|-0.1|2|0.|.5|1e0|1.000001"),
        of("{'type':'number','exclusiveMinimum':-1.25,'exclusiveMaximum':2.5}", "-1.24|2.49|0|-0.5|2",
            "-1.25|2.5|2.50|-1.250|-2|3"),
        of("{'type':'number'}", "0|-1.5|1e9|2E-07", "+1|01|1.|e5"),
        of("{'type':['string','null'],'maxLength':1}", "null|'a'", "'ab'|1"),
        of("{'type':'string','nullable':true}", "null|'a'", "1"),
        of("{'enum':['a',1,null,{'x':[true]}]}", "'a'|1|null|{'x':[true]}", "'b'|2|{}|'1'"),
        of("{'enum':['a',1],'type':'string'}", "'a'", "1"),
        of("{'const':'a\\\"b\u00e9'}", "'a\\\"b\u00e9'", "'a'"),
        of("{'anyOf':[{'type':'integer'},{'type':'string','maxLength':1}]}", "7|'a'", "'ab'|null"),
        of("{'oneOf':[{'type':'object','properties':{'k':{'const':'x'},'v':{'type':'integer'}},'required':['k','v']},"
            + "{'type':'object','properties':{'k':{'const':'y'}},'required':['k']}]}", "{'k':'x','v':1}|{'k':'y'}",
            "{'k':'x'}|{'k':'z'}|{'k':'y','v':1}"),
        of("{'allOf':[{'type':'integer'}]}", "7", "'a'"),
        of("{'$ref':'#/$defs/a~1b','$defs':{'a/b':{'type':'boolean'}}}", "true", "1"),
        of("{'type':'object','properties':{'n':{'type':'integer'},'next':{'$ref':'#'}},'required':['n']}",
            "{'n':1}|{'n':1,'next':{'n':2,'next':{'n':3}}}", "{'next':{'n':1}}|{'n':1,'next':null}"),
        of("{'$ref':'#/$defs/tree','$defs':{'tree':{'type':'array','items':{'$ref':'#/$defs/tree'}}}}",
            "[]|[[],[[]]]|[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]", "[1]|[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]"),
        of("{'title':'T','description':'D','default':1,'examples':[2],'type':'integer'}", "3", "'a'"),
        of("{}", "1|'a'|null|[{}]", "x"), of("true", "1|[]", ""), of("{'maxLength':1}", "'a'", "'ab'|1"));
  }

  @ParameterizedTest
  @MethodSource("keywords")
  void aKeywordIsEnforced(String schema, String yes, String no) {
    Grammar grammar = Texts.schema(schema.replace('\'', '"'));
    for (String text : yes.replace('\'', '"').split("\\|", -1)) {
      assertThat(Texts.accepts(grammar, text)).as("%s by %s", text, schema).isTrue();
    }
    for (String text : no.replace('\'', '"').split("\\|", -1)) {
      assertThat(Texts.accepts(grammar, text)).as("%s by %s", text, schema).isFalse();
    }
  }

  @Test
  void anyJsonIsAnObject() {
    Grammar grammar = Texts.compile(new OutputFormat.AnyJson());
    assertThat(Texts.accepts(grammar, "{\"a\": [1, {\"b\": \"c\"}], \"d\": null}")).isTrue();
    assertThat(Texts.accepts(grammar, "[1]")).isFalse();
    assertThat(Texts.begins(grammar, "{\"a\":" + "[".repeat(15))).isTrue();
    assertThat(Texts.begins(grammar, "{\"a\":" + "[".repeat(17))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '!', value = {
      "{'type':'objekt'}!INVALID!at '': keyword 'type' must name types of JSON, not",
      "{'type':'object','properties':{'a':{'not':{}}}}!UNSUPPORTED!at '/properties/a': keyword 'not' is not supported",
      "{'type':'array','items':{'type':'number','multipleOf':2}}!UNSUPPORTED!at '/items': keyword 'multipleOf'",
      "{'type':'array','uniqueItems':true}!UNSUPPORTED!keyword 'uniqueItems'",
      "{'type':'object','patternProperties':{}}!UNSUPPORTED!keyword 'patternProperties'",
      "{'type':'object','minProperties':1}!UNSUPPORTED!keyword 'minProperties'",
      "{'type':'object','required':['x']}!UNSUPPORTED!names 'x'",
      "{'type':'string','format':'email'}!UNSUPPORTED!supported for date, date-time, time, uuid only",
      "{'type':'string','pattern':'(?=a)'}!UNSUPPORTED!at '': keyword 'pattern' is refused",
      "{'type':'string','pattern':'(a'}!INVALID!a '(' without ')'",
      "{'type':'string','pattern':'a\\\\1'}!UNSUPPORTED!the escape",
      "{'type':'string','pattern':'((a{1,99}){1,99})'}!TOO_LARGE!the weight of the pattern is 9801",
      "{'type':'string','pattern':'^(a|b)*a(a|b){12}$','maxLength':500}!TOO_LARGE!combined with a length",
      "{'type':'string','minLength':3,'maxLength':2}!UNSATISFIABLE!no answer",
      "{'type':'string','pattern':'^a$','minLength':2}!UNSATISFIABLE!no answer",
      "{'type':'integer','minimum':3,'maximum':2}!UNSATISFIABLE!no answer",
      "{'type':'string','minLength':-1}!INVALID!keyword 'minLength' must be a whole number",
      "{'type':'string','maxLength':1000000}!TOO_LARGE!is 1000000, the limit is 100000",
      "{'type':'integer','minimum':12345678901234567890}!TOO_LARGE!keyword 'minimum'",
      "{'oneOf':[{'type':'integer'},{'type':'number'}]}!UNSUPPORTED!keyword 'oneOf' has the schemas 0 and 1",
      "{'oneOf':[{'properties':{}},{'type':'string'}]}!UNSUPPORTED!keyword 'oneOf'",
      "{'allOf':[{'type':'integer'},{'minimum':1}]}!UNSUPPORTED!keyword 'allOf' is supported with one schema only",
      "{'anyOf':[]}!INVALID!keyword 'anyOf' must be a list",
      "{'anyOf':[{'type':'null'}],'type':'string'}!UNSUPPORTED!keyword 'type' is not supported beside 'anyOf'",
      "{'enum':[1],'minimum':0}!UNSUPPORTED!keyword 'minimum' is not supported beside 'enum'",
      "{'$ref':'http://x/y'}!UNSUPPORTED!leads outside the schema", "{'$ref':'#/nowhere'}!INVALID!which is not there",
      "{'$ref':'#'}!UNSATISFIABLE!leads to itself",
      "{'$ref':'#/$defs/a','$defs':{'a':{'anyOf':[{'$ref':'#/$defs/a'}]}}}!UNSATISFIABLE!no answer",
      "{'$ref':'#/$defs/a','$defs':{'a':{'type':'array','items':{'$ref':'#/$defs/b'}},'b':{'type':'object','properties':"
          + "{'a':{'$ref':'#/$defs/a'},'x':{'not':1}}}}}!UNSUPPORTED!at '/$defs/b/properties/x': keyword 'not'",
      "{'type':'object','properties':{'a':false},'required':['a']}!UNSATISFIABLE!no answer",
      "false!UNSATISFIABLE!no answer", "[]!INVALID!a schema must be an object", "{'type'!INVALID!not valid JSON",
      "{'type':'null','type':'null'}!INVALID!a name twice", "{'$id':'x'}!UNSUPPORTED!keyword '$id'",
      "{'const':'\\ud83d'}!INVALID!half a surrogate pair",
      "{'dependentRequired':{}}!UNSUPPORTED!keyword 'dependentRequired'", "{'if':{}}!UNSUPPORTED!keyword 'if'"})
  void aSchemaThatIsNotEnforcedIsRefused(String schema, Code code, String message) {
    assertThatThrownBy(() -> Texts.schema(schema.replace('\'', '"')))
        .isInstanceOfSatisfying(FormatException.class, e -> assertThat(e.code()).as(e.reason()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  @Test
  void limitsAreNamed() {
    String deep = "{\"items\":".repeat(40) + "{}" + "}".repeat(40);
    assertThatThrownBy(() -> Texts.schema(deep)).hasMessageContaining("nesting of the schema is 33, the limit is 32");
    assertThatThrownBy(() -> Texts.schema(" ".repeat(70_000))).hasMessageContaining("70000, the limit is 65536");
    StringBuilder many = new StringBuilder("{\"type\":\"object\",\"properties\":{");
    for (int i = 0; i < 401; i++) {
      many.append(i == 0 ? "" : ",").append("\"p").append(i).append("\":{}");
    }
    assertThatThrownBy(() -> Texts.schema(many + "}}")).hasMessageContaining("properties is 401, the limit is 400");
    StringBuilder chain = new StringBuilder("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < 400; i++) {
      chain.append("\"d").append(i).append("\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/d").append(i + 1)
          .append("\"}},");
    }
    assertThatThrownBy(() -> Texts.schema(chain + "\"d400\":{}}}")).hasMessageContaining("within each other is 257");
    String values = "\"" + "x".repeat(60_000) + "\"";
    assertThatThrownBy(() -> Texts.schema("{\"enum\":[" + values + "]}"))
        .hasMessageContaining("parts of the compiled format is 30001, the limit is 30000");
  }

  @Test
  void bytesThatNoTokenSpellsAreNotUsed() {
    ByteSet ascii = ByteSet.range(0, 0x7F);
    Grammar grammar = Grammar.compile(new OutputFormat.JsonSchema("{\"type\":\"string\"}"), ascii, false,
        FormatLimits.STANDARD);
    assertThat(Texts.accepts(grammar, "\"a\"")).isTrue();
    assertThat(Texts.begins(grammar, "\"\u00e9")).isFalse();
    assertThatThrownBy(() -> Grammar.compile(new OutputFormat.JsonSchema("{\"const\":\"\u00e9\"}"), ascii, false,
        FormatLimits.STANDARD)).hasMessageContaining("no answer");
  }
}
