package org.clarion.engine.decoder;

import ai.djl.pytorch.engine.PtNDArray;
import org.clarion.engine.kernel.PackedMatrix;
import org.clarion.engine.script.ScriptModule;
import org.clarion.engine.script.Staging;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.Checkpoint;
import org.jspecify.annotations.Nullable;

/**
 * Hands this rank's part of a checkpoint to the program, one tensor (or one fused group) at a time, so that loading
 * needs little more memory than the weights that stay. Where rows are divided among the ranks, only this rank's are
 * read.
 */
final class DecoderLoader implements BlockWeights {
  private final ScriptModule module;
  private final DecoderConfig config;
  private final Checkpoint checkpoint;
  private final Shard shard;
  private final int ranks;

  DecoderLoader(ScriptModule module, DecoderConfig config, Checkpoint checkpoint, Shard shard, int ranks) {
    this.module = module;
    this.config = config;
    this.checkpoint = checkpoint;
    this.shard = shard;
    this.ranks = ranks;
  }

  void load(ScriptBlock block, int arenaTokens, int positions) {
    module.run("set_shape", config.hidden(), shard.heads().count(), shard.kvHeads().count(), config.headDim(),
        block.parts(), block.eps());
    module.run("set_spread", PackedMatrix.block(config.hidden()), PackedMatrix.block(config.headDim()), innerBlock());
    module.run("make_rotations", config.ropeBase(), positions);
    module.run("make_arena", config.layers(), arenaTokens);
    try (Staging w = staging(config.vocabulary(), config.hidden()).read(checkpoint, block.embedding())) {
      module.run("add_embedding", w.tensor());
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      block.addLayer(this, layer);
    }
    block.addHead(this);
  }

  /** Width of the blocks in which inputs of the MLP's last matrix are spread: no rank's cut may go through one. */
  private int innerBlock() {
    int cuts = Shard.WIDEST_UNIT;
    for (int rank = 0; rank < ranks; rank++) {
      cuts |= Shard.of(config, rank, ranks).ffn().first();
    }
    return PackedMatrix.block(Integer.lowestOneBit(cuts | config.intermediate()));
  }

  @Override
  public void addNorm(String name) {
    try (Staging gain = staging(config.hidden()).read(checkpoint, name + ".weight");
        Staging bias = staging(config.hidden()).read(checkpoint, name + ".bias")) {
      module.run("add_norm", gain.tensor(), bias.tensor());
    }
  }

  @Override
  public void addQkv(String query, String key, String value, @Nullable String gain) {
    long heads = shard.heads().count() + 2L * shard.kvHeads().count();
    try (Staging w = staging(heads * config.headDim(), config.hidden())) {
      readHeads(w, query, shard.heads());
      readHeads(w, key, shard.kvHeads());
      readHeads(w, value, shard.kvHeads());
      fold(w.tensor(), gain);
      module.run("add_qkv", w.tensor());
    }
  }

  private void readHeads(Staging w, String name, Shard.Range heads) {
    w.readRows(checkpoint, name, (long) heads.first() * config.headDim(), (long) heads.count() * config.headDim());
  }

  @Override
  public void addOutput(String name) {
    addColumns(name, config.heads() * config.headDim(), shard.heads().first() * config.headDim(),
        shard.heads().count() * config.headDim());
  }

  @Override
  public void addInner(@Nullable String gain, String... names) {
    try (Staging w = staging((long) names.length * shard.ffn().count(), config.hidden())) {
      for (String name : names) {
        w.readRows(checkpoint, name, shard.ffn().first(), shard.ffn().count());
      }
      fold(w.tensor(), gain);
      module.run("add", w.tensor());
    }
  }

  @Override
  public void addOuter(String name) {
    addColumns(name, config.intermediate(), shard.ffn().first(), shard.ffn().count());
  }

  private void addColumns(String name, int all, int first, int count) {
    try (Staging w = staging(config.hidden(), all).read(checkpoint, name)) {
      module.run("add_columns", w.tensor(), first, count);
    }
  }

  @Override
  public void addHead(String name, @Nullable String gain) {
    Shard.Range ids = shard.vocabulary();
    try (Staging w = staging(ids.count(), config.hidden()).readRows(checkpoint, name, ids.first(), ids.count())) {
      fold(w.tensor(), gain);
      module.run("add", w.tensor());
    }
  }

  private void fold(PtNDArray w, @Nullable String gain) {
    if (gain != null) {
      try (Staging values = staging(config.hidden()).read(checkpoint, gain)) {
        module.run("fold", w, values.tensor());
      }
    }
  }

  private Staging staging(long... shape) {
    return new Staging(module, shape);
  }
}
