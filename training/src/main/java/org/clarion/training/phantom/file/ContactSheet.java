package org.clarion.training.phantom.file;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Base64;
import java.util.stream.Collectors;
import org.clarion.training.phantom.Labels;
import org.clarion.training.phantom.Phantom;
import org.clarion.training.phantom.PhantomCase;

/** A page with a thumbnail, labels and text of each phantom, all in one file. */
final class ContactSheet {
  /** More would make a page that no browser likes. */
  static final int MOST = 400;
  private static final int THUMB = 160;

  private final StringBuilder page = new StringBuilder();
  private int shown;

  ContactSheet() {
    page.append("""
        <!doctype html><html lang="en"><meta charset="utf-8"><title>SYNTHETIC phantoms</title>
        <style>body{font:14px system-ui;margin:1rem;background:#111;color:#eee}h1{color:#fc6}
        main{display:flex;flex-wrap:wrap;gap:10px}figure{margin:0;width:160px}img{width:160px;height:160px}
        figcaption{font-size:12px;line-height:1.3}b{color:#9cf}</style>
        <h1>SYNTHETIC: no picture here shows a person</h1>
        <p>Drawn by arithmetic from a seed. Hover over a picture for its text.</p><main>
        """);
  }

  /** Adds a phantom, unless the page is full. */
  void add(Phantom phantom) throws IOException {
    if (shown == MOST) {
      return;
    }
    shown++;
    PhantomCase details = phantom.details();
    page.append("<figure><img alt=\"SYNTHETIC ").append(escape(details.kind().label())).append("\" title=\"").append(
        escape(details.report())).append("\" src=\"data:image/jpeg;base64,").append(Base64.getEncoder().encodeToString(
            Picture.jpeg(thumbnail(Picture.eight(phantom.image())))))
        .append("\"><figcaption><b>").append(escape(details
            .id()))
        .append("</b> ").append(escape(words(details))).append("</figcaption></figure>\n");
  }

  /** The page. */
  String html(long all) {
    String more = all > shown ? "<p>The first " + shown + " of " + all + ".</p>" : "";
    return page + "</main>" + more + "</html>\n";
  }

  private static String words(PhantomCase details) {
    return details.view().label() + ": " + switch (details.labels()) {
      case Labels.Chest chest -> chest.findings().isEmpty()
          ? "normal"
          : chest.findings().stream().map(label -> label.finding().label() + " " + label.side().label() + " " + label
              .zone().label() + " " + label.extent().label()).collect(Collectors.joining("; ")).replace(" none", "");
      case Labels.Skin skin ->
        skin.disease().words() + ", tone " + skin.tone().label() + "; " + skin.concepts().stream()
            .map(concept -> concept.label()).collect(Collectors.joining(", "));
      case Labels.Distractor distractor -> distractor.subject();
    };
  }

  /** Averages boxes of pixels, so that fine lines do not vanish. */
  private static BufferedImage thumbnail(BufferedImage image) {
    int size = Math.min(THUMB, image.getWidth());
    BufferedImage small = new BufferedImage(size, size, image.getType());
    int bands = image.getRaster().getNumBands();
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        int left = x * image.getWidth() / size;
        int top = y * image.getHeight() / size;
        int right = Math.max(left + 1, (x + 1) * image.getWidth() / size);
        int bottom = Math.max(top + 1, (y + 1) * image.getHeight() / size);
        for (int band = 0; band < bands; band++) {
          long sum = 0;
          for (int v = top; v < bottom; v++) {
            for (int u = left; u < right; u++) {
              sum += image.getRaster().getSample(u, v, band);
            }
          }
          small.getRaster().setSample(x, y, band, (int) (sum / ((long) (right - left) * (bottom - top))));
        }
      }
    }
    return small;
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
  }
}
