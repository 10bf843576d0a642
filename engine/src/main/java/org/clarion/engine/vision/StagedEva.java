package org.clarion.engine.vision;

import org.clarion.engine.script.Staging;

/** Weights of a tower that serves: from the files through scratch memory, one at a time. */
record StagedEva(TowerModule tower) implements EvaSink {
  @Override
  public void addLinear(String name, long out, long in) {
    tower.addLinear(name, out, in);
  }

  @Override
  public void addNorm(String name, long width) {
    tower.addNorm(name, width);
  }

  @Override
  public void addQkv(String prefix, long width) {
    try (Staging w = tower.read(prefix + "qkv.weight", 3 * width, width);
        Staging q = tower.read(prefix + "q_bias", width);
        Staging v = tower.read(prefix + "v_bias", width)) {
      tower.script().run("add_qkv", w.tensor(), q.tensor(), v.tensor());
    }
  }

  @Override
  public void setTokens(String firstToken, String positions, long rows, long width) {
    try (Staging token = tower.read(firstToken, width); Staging all = tower.read(positions, rows, width)) {
      tower.script().run("set_tokens", token.tensor(), all.tensor());
    }
  }

  @Override
  public void setQueries(String name, long queries, long width) {
    try (Staging rows = tower.read(name, queries, width)) {
      tower.script().run("set_queries", rows.tensor());
    }
  }
}
