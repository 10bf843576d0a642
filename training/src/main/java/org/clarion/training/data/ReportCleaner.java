package org.clarion.training.data;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clarion.training.data.Cleaned.Dropped;
import org.jspecify.annotations.Nullable;

/**
 * Prepares radiology reports as XrayGPT describes it: reports with short findings or impression are left out, and
 * comparisons with prior studies, masks and names of views are taken out. XrayGPT let a language model do the latter;
 * these are rules, so that the same report always gives the same text. A sentence that says nothing else goes as a
 * whole, another one loses the phrase. Pure.
 */
public final class ReportCleaner {
  private static final int FEWEST_FINDINGS = 10;
  private static final int FEWEST_IMPRESSION = 2;

  private static final String STUDY = "(?:(?:chest )?(?:study|studies|examinations?|exams?|radiographs?|films?|x-?rays?|images?|imaging|cts?))";
  private static final String EARLIER = "(?:(?:the|a|an|her|his|this) )*(?:most )?(?:prior|previous|earlier|preceding|recent|last|old|comparison)";
  private static final String DATED = "(?: (?:from|dated|of|on|at|performed)(?: on)? [\\w/_.:-]+(?: at [\\w:.]+)?)?";

  /** Sentences of which nothing is to be kept. */
  private static final Pattern ONLY_PRIOR = Pattern.compile(
      "(?i)^(?:comparisons?\\b|(?:in )?(?:comparison|compared)\\b.{0,60}\\bno (?:significant |relevant |interval |appreciable )*change|"
          + "(?:there is |there are |there has been |there have been )?no (?:significant |relevant |interval |appreciable |other )*changes?\\b"
          + "|(?:overall )?(?:unchanged|stable)\\b(?: (?:appearance|exam\\w*|study|since|from|compared).*)?[.\\s]*$).*");
  private static final List<Pattern> PRIOR = patterns(
      ",?\\s*(?:as )?(?:when )?(?:compared|in comparison|relative|similar) (?:to|with) " + EARLIER + "(?: " + STUDY
          + ")?" + DATED + ",?",
      ",?\\s*(?:since|from|than) " + EARLIER + " " + STUDY + DATED + ",?",
      ",?\\s*(?:as|like) (?:seen )?(?:on|in) " + EARLIER + " " + STUDY + DATED + ",?",
      ",?\\s*(?:compared|in comparison) (?:to|with) (?:___+|\\d[\\d/.-]*),?",
      "(?:,| is| are| remains?| appears?) (?:grossly |essentially |relatively |overall )?(?:unchanged|stable)(?: in (?:size|position|appearance))?(?=[\\s,]*(?:[.;]|$))",
      "\\b(?:again|interval(?:ly)?|previously(?: seen| noted| described)?|persistent|unchanged|new(?:ly)?|known)\\b(?=\\s)");

  private static final Pattern ONLY_MASK = Pattern.compile(
      "(?i).*(?:\\bdr\\b|\\bdiscussed\\b|\\btelephone|\\bphone\\b|\\bnotified\\b|\\bcommunicated\\b|\\bpaged?\\b|\\breported (?:to|by)\\b|\\bdictated\\b).*__.*");
  private static final Pattern MASK = Pattern.compile("(?:,?\\s*\\b(?:on|at|by|from|dated|Dr\\.?|of)\\s+)?_{2,}");

  private static final String VIEWS = "(?:(?:(?:single|two|portable|upright|supine|semi-?upright|erect|frontal|lateral|ap|pa|postero-?anterior|antero-?posterior|decubitus|and|/|,|\\d)[\\s,/]*)+)";
  private static final Pattern ONLY_VIEW = Pattern.compile("(?i)^(?:the |a |an )?" + VIEWS
      + "(?:(?:chest )?(?:views?|radiographs?|films?|projections?|images?|x-?rays?)(?: of the chest)?)?"
      + "(?: (?:of the chest )?(?:was|were|is|are) (?:obtained|provided|submitted|performed|acquired|reviewed|presented)(?: (?:for review|in total))?)?[.\\s]*$");
  private static final List<Pattern> VIEW = patterns(
      "^(?:the |a |an |on )*" + VIEWS
          + "(?:chest )?(?:views?|radiographs?|films?|projections?|images?|x-?rays?)(?: of the chest)? (?:shows?|demonstrates?|reveals?)\\s+",
      ",?\\s*\\b(?:on|in) (?:the |this |both )?" + VIEWS
          + "(?:views?|radiographs?|films?|projections?|images?)(?: only)?",
      "^(?:on )?(?:the )?" + VIEWS + "views?(?: of the chest)?\\s*[:,]\\s*");

  /** The end of a sentence; a full stop between digits is none. */
  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.;!?])(?<!\\b[DM]rs?\\.)\\s+|\\n+");
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:[-'/.][\\p{L}\\p{N}]+)*");

  private ReportCleaner() {}

  /** Cleans every report of a data set. Reports without the two headings have neither section, and so are dropped. */
  public static Cleaned clean(List<ReportCase> cases) {
    List<ReportCase> kept = new ArrayList<>();
    List<Dropped> dropped = new ArrayList<>();
    Map<CleaningRule, Integer> edited = new EnumMap<>(CleaningRule.class);
    for (ReportCase one : cases) {
      Reports before = Reports.of(one.report());
      Set<CleaningRule> rules = EnumSet.noneOf(CleaningRule.class);
      String findings = clean(before.findings(), rules);
      String impression = clean(before.impression(), rules);
      rules.forEach(rule -> edited.merge(rule, 1, Integer::sum));
      int seen = words(findings);
      int concluded = words(impression);
      if (seen < FEWEST_FINDINGS) {
        dropped.add(new Dropped(one.id(), CleaningRule.SHORT_FINDINGS, seen));
      } else if (concluded < FEWEST_IMPRESSION) {
        dropped.add(new Dropped(one.id(), CleaningRule.SHORT_IMPRESSION, concluded));
      } else {
        kept.add(one.withReport(Reports.ofSections(Optional.of(findings), Optional.of(impression)).orElseThrow()));
      }
    }
    return new Cleaned(kept, dropped, edited);
  }

  /** Cleans one section and adds the rules that took something out. */
  static String clean(String section, Set<CleaningRule> rules) {
    return SENTENCE_END.splitAsStream(section).map(sentence -> sentence(sentence.strip(), rules))
        .filter(left -> !left.isEmpty()).collect(Collectors.joining(" "));
  }

  private static String sentence(String sentence, Set<CleaningRule> rules) {
    String left = sentence;
    left = without(left, ONLY_MASK, List.of(), CleaningRule.MASK, rules);
    left = without(left, ONLY_PRIOR, PRIOR, CleaningRule.PRIOR_STUDY, rules);
    left = without(left, ONLY_VIEW, VIEW, CleaningRule.VIEW, rules);
    left = without(left, null, List.of(MASK), CleaningRule.MASK, rules);
    return left.equals(sentence) ? sentence : tidy(left);
  }

  private static String without(String sentence, @Nullable Pattern whole,
      List<Pattern> phrases, CleaningRule rule, Set<CleaningRule> rules) {
    if (whole != null && whole.matcher(sentence).matches()) {
      if (!sentence.isEmpty()) {
        rules.add(rule);
      }
      return "";
    }
    String left = sentence;
    for (Pattern phrase : phrases) {
      left = phrase.matcher(left).replaceAll("");
    }
    if (!left.equals(sentence)) {
      rules.add(rule);
    }
    return left;
  }

  /** One space between words, none before a mark, a capital first, a mark at the end; nothing where no word is left. */
  private static String tidy(String sentence) {
    String text = sentence.replaceAll("\\s+", " ").replaceAll("\\s+([.,;:])", "$1").replaceAll("^[\\s,;:.]+", "")
        .replaceAll(",+([.;])", "$1").strip();
    if (words(text) == 0) {
      return "";
    }
    String ended = text.replaceAll("[\\s,:]+$", "");
    return Character.toUpperCase(ended.charAt(0)) + ended.substring(1) + (ended.matches(".*[.;!?]") ? "" : ".");
  }

  private static int words(String text) {
    return (int) WORD.matcher(text).results().count();
  }

  private static List<Pattern> patterns(String... expressions) {
    return Stream.of(expressions).map(expression -> Pattern.compile("(?i)" + expression)).toList();
  }
}
